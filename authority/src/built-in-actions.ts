/** What the actions cover that every installation knows by name. A configuration can define them anew; what is written there then counts instead. */
import type { ActionDefinition } from '@guildhall/protocol';
import type { ActionDefinitions } from './actions.ts';

const dbWrite: ActionDefinition = {
  tools: toolsOfServers('postgres postgresql mysql mariadb sqlite mongodb redis supabase neon clickhouse database'),
  argv: lines(
    'psql|pgcli|pg_restore|createdb|dropdb|createuser|dropuser|vacuumdb|reindexdb|pgbench|cockroach',
    'mysql|mysqladmin|mysqlimport|mysqlsh|mycli|mariadb|mariadb-admin|mariadb-import|sqlite3|sqlite|litecli',
    'mongo|mongosh|mongoimport|mongorestore|redis-cli|valkey-cli|cqlsh|duckdb|clickhouse|clickhouse-client|influx|sqlcmd|sqlplus|isql|usql|bq|snowsql',
    'flyway|liquibase|dbmate|goose|alembic|sqitch',
    'etcdctl put|del',
    'prisma migrate|db',
    'knex migrate:latest|migrate:rollback|migrate:up|migrate:down|seed:run',
    'drizzle-kit migrate|push',
    'sequelize|rails|rake db:migrate|db:seed|db:reset|db:drop',
    'typeorm migration:run',
    'python|python3 manage.py migrate|flush|loaddata',
    'php artisan migrate',
    'supabase db',
    'atlas schema|migrate',
  ),
  hosts: names('api.supabase.com *.supabase.co console.neon.tech api.planetscale.com data.mongodb-api.com cloud.mongodb.com'),
  paths: names('*.sqlite *.sqlite3 *.sqlite-wal *.db *.db-wal *.duckdb *.mdb /var/lib/postgresql/** /var/lib/mysql/**'),
};

const workerRestart: ActionDefinition = {
  tools: [],
  argv: lines(
    'systemctl restart|try-restart|reload|reload-or-restart|start|stop|kill|isolate|daemon-reexec|reboot|poweroff',
    'service|rc-service restart|reload|force-reload|start|stop',
    'supervisorctl restart|reload|start|stop|update|signal|shutdown',
    'pm2 restart|reload|gracefulReload|start|stop|delete|kill|scale',
    'docker|podman|nerdctl restart|start|stop|kill|rm|pause',
    'docker|podman|nerdctl|docker-compose up|down',
    'docker-compose restart|start|stop|kill|rm',
    'docker service|stack update|scale|deploy|rm',
    'kubectl delete|scale|drain',
    'kubectl rollout restart|undo',
    'helm upgrade|rollback|uninstall',
    'nomad job|alloc restart|stop|run',
    'launchctl|sv|s6-svc|initctl|monit|pkill|killall|kill|reboot|shutdown|poweroff|halt|telinit',
    'heroku ps:restart|restart',
    'fly|flyctl apps|machine restart|stop|start',
    'aws ecs|ec2 update-service|stop-task|reboot-instances|stop-instances',
  ),
  hosts: [],
  paths: [],
};

const nginxReload: ActionDefinition = {
  tools: [],
  argv: lines(
    'nginx|openresty|nginx-debug',
    'systemctl restart|try-restart|reload|reload-or-restart|start|stop|kill nginx|nginx.service|openresty|openresty.service',
    'service|rc-service nginx|openresty restart|reload|force-reload|start|stop',
    'pkill|killall nginx|openresty',
    'docker|podman|docker-compose|supervisorctl restart nginx',
  ),
  hosts: [],
  paths: names('/etc/nginx/** /usr/local/etc/nginx/** /usr/local/openresty/** nginx.conf'),
};

const dnsChange: ActionDefinition = {
  tools: [],
  argv: lines(
    'nsupdate|rndc|knotc|pdnsutil|pdns_control|nsd-control|unbound-control|dnscontrol|octodns-sync|flarectl|lexicon|resolvectl|hostnamectl',
    'aws route53|route53domains',
    'gcloud dns',
    'az network dns|private-dns',
    'doctl compute domain',
    'hcloud zone',
    'linode-cli domains',
    'cloudflared tunnel route',
    'vercel|netlify dns|domains',
    'fly|flyctl certs',
    'heroku domains',
  ),
  hosts: names(
    'api.cloudflare.com route53.amazonaws.com *.route53.amazonaws.com route53domains.us-east-1.amazonaws.com dns.googleapis.com',
    'management.azure.com api.digitalocean.com dns.hetzner.com api.hetzner.cloud api.linode.com api.vultr.com api.gandi.net',
    'api.godaddy.com api.namecheap.com api.name.com api.porkbun.com api.dnsimple.com api.dnsmadeeasy.com api.nsone.net',
    'api.ovh.com eu.api.ovh.com ca.api.ovh.com api.us.ovhcloud.com desec.io api.bunny.net api.ultradns.com api.dynu.com',
    'www.duckdns.org dynv6.com api.netlify.com api.vercel.com api.luadns.com api.scaleway.com api.transip.nl api.infomaniak.com',
  ),
  paths: names('*.zone /etc/hosts /etc/resolv.conf /etc/bind/** /etc/named/** /var/named/** /etc/coredns/** /etc/powerdns/** Corefile CNAME'),
};

const secretChange: ActionDefinition = {
  tools: toolsOfServers('vault 1password bitwarden doppler infisical'),
  argv: lines(
    'vault|bao|op|bw|pass|gopass|sops|age-keygen|doppler|infisical|keyctl|secret-tool|security|credstash|kubeseal|keytool',
    'ssh-keygen|ssh-copy-id|ssh-add|gpg|gpg2|htpasswd|passwd|chpasswd',
    'aws secretsmanager|kms|iam',
    'aws ssm put-parameter|delete-parameter',
    'gcloud secrets|kms',
    'az keyvault',
    'kubectl create|delete|edit|patch|apply secret|secrets',
    'docker|podman|gh|fly|flyctl|wrangler secret|secrets',
    'gh auth',
    'glab variable',
    'heroku config:set|config:unset',
    'vercel|netlify env|env:set',
    'openssl genrsa|genpkey|req|pkcs12',
    'npm token|login',
    'git credential',
    'guildhall tokens',
  ),
  hosts: names(
    'secretmanager.googleapis.com cloudkms.googleapis.com *.vault.azure.net *.hashicorp.cloud api.doppler.com app.infisical.com',
    '*.1password.com *.bitwarden.com',
  ),
  paths: names(
    '.env .env.* *.env .envrc *.pem *.key *.p12 *.pfx *.jks *.keystore *.kdbx *.asc *.gpg *.age *.ppk',
    'id_rsa* id_ed25519* id_ecdsa* id_dsa* authorized_keys .netrc _netrc .pgpass .my.cnf .htpasswd .npmrc .pypirc',
    '.git-credentials .vault-token credentials credentials.* secrets secrets.* *.secret *.secrets *secret*.y{a,}ml *.tfvars',
    'vault*.y{a,}ml service-account*.json kubeconfig **/secrets/** **/.ssh/** **/.gnupg/** **/.aws/** **/.kube/** **/.docker/**',
    '/etc/ssl/private/** /etc/shadow /etc/passwd',
  ),
};

export const builtInActions: ActionDefinitions = new Map([
  ['db_write', dbWrite],
  ['worker_restart', workerRestart],
  ['nginx_reload', nginxReload],
  ['dns_change', dnsChange],
  ['secret_change', secretChange],
]);

function names(...texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => text.split(' '));
}

/** Command lines as text; `a|b` stands for either word. */
function lines(...texts: readonly string[]): readonly (readonly string[])[] {
  return texts.flatMap((text) => {
    const words = text.split(' ').map((word) => word.split('|'));
    return words.reduce<readonly (readonly string[])[]>((begun, choices) => begun.flatMap((line) => choices.map((word) => [...line, word])), [[]]);
  });
}

function toolsOfServers(servers: string): readonly string[] {
  return servers.split(' ').map((server) => `mcp:${server}/*`);
}
