/** What is played when nobody wrote a script: says what it is, and shows a few tools. */
export const defaultScript = `
rules:
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

  - say: |-
      I am {agent}, and this is a rehearsal: no model is connected, so I follow a script. You said: "{text}"

      What I can show: write a file hello.txt saying good morning · read the file hello.txt · list the files · run ls -la
      To speak to a real model, set ANTHROPIC_API_KEY, OPENAI_API_KEY, GEMINI_API_KEY or OPENROUTER_API_KEY, or start a local model server such as Ollama, and start the daemon again.
`;
