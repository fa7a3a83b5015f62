// Starts the language server and the debugger; what they can do is theirs.
const vscode = require("vscode");
const { execFile } = require("node:child_process");
const path = require("node:path");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

function setting(name) {
  return vscode.workspace.getConfiguration("sentra").get(name);
}

async function start() {
  const command = setting("server");
  const server = { command, args: ["--stdio"] };
  client = new LanguageClient("sentra", "Sentra", server, {
    documentSelector: [{ language: "sentra" }],
    synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher("**/*.sn") },
    initializationOptions: { explanations: "command:sentra.explain?%5B%22{code}%22%5D" },
  });
  try {
    await client.start();
  } catch (error) {
    vscode.window.showErrorMessage(`${command} cannot be started: ${error.message}. The setting sentra.server says where it is.`);
  }
}

async function restart() {
  await client?.stop().catch(() => {});
  await start();
}

// What a code means, as `sentrac explain` says it.
async function explain(code) {
  const wanted = code ?? (await vscode.window.showInputBox({ prompt: "The code of a message, such as E0201" }));
  if (!wanted) return;
  const text = await new Promise((done) => {
    execFile(setting("compiler"), ["explain", wanted], (error, output, complaint) => {
      done(error ? complaint || error.message : output);
    });
  });
  const document = await vscode.workspace.openTextDocument({ content: text, language: "markdown" });
  await vscode.window.showTextDocument(document, { preview: true, viewColumn: vscode.ViewColumn.Beside });
}

async function run() {
  const document = vscode.window.activeTextEditor?.document;
  if (document?.languageId !== "sentra" || !(await document.save())) return;
  const execution = new vscode.ProcessExecution(setting("vm"), ["run", document.fileName], {
    cwd: path.dirname(document.fileName),
  });
  const definition = { type: "process" };
  const task = new vscode.Task(definition, vscode.TaskScope.Workspace, path.basename(document.fileName), "Sentra", execution);
  await vscode.tasks.executeTask(task);
}

const debugging = {
  // Without a launch.json, F5 debugs the program that is shown.
  resolveDebugConfiguration(_folder, configuration) {
    const document = vscode.window.activeTextEditor?.document;
    if (!configuration.type && document?.languageId === "sentra") {
      return { type: "sentra", request: "launch", name: "Debug this program", program: document.fileName };
    }
    return configuration;
  },
  createDebugAdapterDescriptor(session) {
    const { program, cwd } = session.configuration;
    const named = program ? [program] : [];
    const folder = cwd ?? path.dirname(program ?? ".");
    return new vscode.DebugAdapterExecutable(setting("vm"), ["debug", "--dap", ...named], { cwd: folder });
  },
};

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("sentra.restart", restart),
    vscode.commands.registerCommand("sentra.explain", explain),
    vscode.commands.registerCommand("sentra.run", run),
    vscode.debug.registerDebugConfigurationProvider("sentra", debugging),
    vscode.debug.registerDebugAdapterDescriptorFactory("sentra", debugging),
  );
  await start();
}

function deactivate() {
  return client?.stop();
}

module.exports = { activate, deactivate };
