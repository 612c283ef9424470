/** What is played when nobody wrote a script: says what it is, and shows a few tools. */
export const defaultScript = `
rules:
  - match: { text: "handed over, {count...} ended.{head...}this is the only time you are told.{back...}" }
    say: |-
      This is a rehearsal, so I only pass on what came back.

      {back}

  - match:
      text:
        - "write a file {file} saying {words...}"
        - "write a file {file} with {words...}"
        - "create a file {file} saying {words...}"
        - "create a file {file} with {words...}"
    steps:
      - say: "I write {file}."
        call: { tool: write_file, args: { path: "{file}", content: "{words}\\n" } }
      - say: "Now I read it back."
        call: { tool: read_file, args: { path: "{file}" } }
      - say: "And I show it with a program."
        call: { tool: terminal, args: { command: [cat, "{file}"] } }
      - say: |-
          {file} is in my workspace, and cat shows:
          {result}

  - match: { text: ["write a file {file}", "create a file {file}"] }
    steps:
      - say: "I write {file}."
        call: { tool: write_file, args: { path: "{file}", content: "Hello from {agent}.\\n" } }
      - say: "Now I read it back."
        call: { tool: read_file, args: { path: "{file}" } }
      - say: "And I show it with a program."
        call: { tool: terminal, args: { command: [cat, "{file}"] } }
      - say: |-
          {file} is in my workspace, and cat shows:
          {result}

  - match: { text: ["read the file {file}", "read {file}"] }
    steps:
      - call: { tool: read_file, args: { path: "{file}" } }
      - say: |-
          {file}:
          {result}

  - match: { text: ["list the files", "list your files", "list files", "what files"] }
    steps:
      - call: { tool: terminal, args: { command: [ls, "-la"] } }
      - say: |-
          In my workspace:
          {result}

  - match: { text: "run {command...}" }
    steps:
      - say: "I run: {command}"
        call: { tool: terminal, args: { command: "{command}" } }
      - say: |-
          It said:
          {result}

  - match: { text: "hand over to {target}: {work...}" }
    steps:
      - say: "I hand it over to {target}."
        call: { tool: dispatch_handoff, args: { target: "{target}", task: "{work}" } }
      - say: |-
          What became of asking: {result}

  - match: { agent: director, text: ["release ready", "ready to release", "ready for the release"] }
    steps:
      - say: "I ask the four of the release team, each in their own chat."
        calls:
          - { tool: dispatch_handoff, args: { target: backend, task: "Release check: is the server ready?" } }
          - { tool: dispatch_handoff, args: { target: frontend, task: "Release check: are the pages ready?" } }
          - { tool: dispatch_handoff, args: { target: qa, task: "Release check: what breaks?" } }
          - { tool: dispatch_handoff, args: { target: sre, task: "Release check: does what runs look well?" } }
      - say: |-
          {results}

  - match: { text: "Work handed to you{head...}[task of {id} #{mark...}]\\n{work...}\\n[end of task" }
    say: |-
      I am {agent}, and this is a rehearsal: I took note of what was handed to me and do no more. It was: "{work}"

  - say: |-
      I am {agent}, and this is a rehearsal: no model is connected, so I follow a script. You said: "{text}"

      What I can show: write a file hello.txt saying good morning · read the file hello.txt · list the files · run ls -la · where handoffs are switched on, hand over to AGENT: what is to be done
      To speak to a real model, set ANTHROPIC_API_KEY, OPENAI_API_KEY, GEMINI_API_KEY or OPENROUTER_API_KEY, or start a local model server such as Ollama, and start the daemon again.
`;
