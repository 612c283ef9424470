# A lane in Python, with nothing but its standard library:  GUILDHALL_TOKEN=ghl_… python3 examples/lanes/worker.py
import json, os, threading, time, urllib.request, uuid

URL, LANE = os.environ.get("GUILDHALL_URL", "http://127.0.0.1:4733"), os.environ.get("GUILDHALL_LANE", "factory")

def ask(path, body, claim=None):
    headers = {"Authorization": "Bearer " + os.environ["GUILDHALL_TOKEN"], "Content-Type": "application/json", **({"Claim-Token": claim} if claim else {})}
    with urllib.request.urlopen(urllib.request.Request(f"{URL}/v1/{path}", json.dumps(body).encode(), headers), timeout=60) as answer:
        return json.loads(answer.read() or "null")

def keep_alive(task, token, finished):
    while not finished.wait(20):
        ask(f"tasks/{task}/heartbeat", {}, token)  # refused once the claim has passed on

while True:
    try:
        claim = ask(f"lanes/{LANE}/claims?waitMs=30000", {"requestId": str(uuid.uuid4())})
    except OSError as error:
        print(error, flush=True)
        time.sleep(2)
        continue
    if claim is None:
        continue
    task, token, finished = claim["task"], claim["claim"]["token"], threading.Event()
    threading.Thread(target=keep_alive, args=(task["id"], token, finished), daemon=True).start()
    words = len(task["body"].split())
    try:
        ask(f"tasks/{task['id']}/complete", {"summary": f"The text has {words} words.", "evidence": [{"kind": "check", "text": "split()"}]}, token)
    except OSError as error:
        print(error, flush=True)  # refused, or cut off: the claim ends with its lease, and the task comes again
    finished.set()
