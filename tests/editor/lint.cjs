// usage: node lint.cjs FILE...
// Writes for each file what an editor would underline, one JSON object a line. The
// language service is the one that VS Code and vscode-json-language-server have; the
// schema is found by the file's own "$schema".
const { readFileSync } = require('node:fs')
const { fileURLToPath, pathToFileURL } = require('node:url')
const { getLanguageService, TextDocument } = require('vscode-json-languageservice')

const service = getLanguageService({
  schemaRequestService: async (uri) => readFileSync(fileURLToPath(uri), 'utf8'),
  workspaceContext: { resolveRelativePath: (path, from) => new URL(path, from).href },
})

async function main(names) {
  for (const name of names) {
    const document = TextDocument.create(pathToFileURL(name).href, 'json', 1, readFileSync(name, 'utf8'))
    const parsed = service.parseJSONDocument(document)
    const problems = await service.doValidation(document, parsed)
    const found = problems.map(({ range, message }) => ({
      line: range.start.line + 1, column: range.start.character + 1, message,
    }))
    // What it offers where a member of a host could stand, behind the mark.
    const mark = document.getText().indexOf('"COMPLETE"')
    const offered = mark < 0 ? [] : (await service.doComplete(document, document.positionAt(mark + 1), parsed)).items
    console.log(JSON.stringify({ found, offered: offered.map((item) => item.label) }))
  }
}

main(process.argv.slice(2))
