// Package editor holds our schemas against what editors check them with.
//
// A config names its schema by "$schema", and VS Code, Neovim and others underline
// what does not fit. They all have the same language service, vscode-json-languageservice,
// which npm fetches here, of the versions and with the integrity that stand in
// package-lock.json.
package editor
