/** The contents of the Debian package. Pure. */

import type { Target } from "./targets.ts";

/** The package's name: Debian has other programs called tftp. */
export const PACKAGE = "tftp-deno";

/** A file of the package: where it is installed, and its text or the file it is a copy of. */
export interface PackagedFile {
  readonly path: string;
  readonly mode: number;
  readonly text?: string;
  readonly copyOf?: string;
  /** Debian requires compressed manuals and change logs. */
  readonly gzip?: true;
}

/** The program's own manual and completions. */
export interface Generated {
  readonly man: string;
  readonly completions: { readonly bash: string; readonly zsh: string; readonly fish: string };
}

const DOC = `usr/share/doc/${PACKAGE}`;

/**
 * The files of the package. The served folder is not one of them: dpkg would remove it when it is
 * empty, even if it existed before. The scripts create it.
 */
export function packagedFiles(binary: string, generated: Generated): PackagedFile[] {
  const { man, completions: { bash, zsh, fish } } = generated;
  const text = { mode: 0o644 };
  return [
    { path: "usr/bin/tftp", mode: 0o755, copyOf: binary },
    { path: "usr/lib/systemd/system/tftp.service", ...text, copyOf: "packaging/tftp.service" },
    { path: "usr/lib/systemd/system/tftp.socket", ...text, copyOf: "packaging/tftp.socket" },
    { path: "usr/share/man/man1/tftp.1.gz", ...text, text: man, gzip: true },
    { path: "usr/share/bash-completion/completions/tftp", ...text, text: bash },
    { path: "usr/share/zsh/vendor-completions/_tftp", ...text, text: zsh },
    { path: "usr/share/fish/vendor_completions.d/tftp.fish", ...text, text: fish },
    {
      path: `${DOC}/grafana-dashboard.json`,
      ...text,
      copyOf: "packaging/grafana-dashboard.json",
    },
    { path: `${DOC}/prometheus-alerts.yml`, ...text, copyOf: "packaging/prometheus-alerts.yml" },
    { path: `${DOC}/copyright`, ...text, copyOf: "LICENSE" },
    { path: `${DOC}/changelog.gz`, ...text, copyOf: "CHANGELOG.md", gzip: true },
  ];
}

/** The scripts that dpkg runs, by their names. */
export const SCRIPTS = ["postinst", "prerm", "postrm"] as const;

/** What Debian calls the processor. */
export function debianArchitecture({ arch }: Target): string {
  return arch === "aarch64" ? "arm64" : "amd64";
}

export function packageFileName(version: string, target: Target): string {
  return `${PACKAGE}_${version}_${debianArchitecture(target)}.deb`;
}

/** The package's description of itself. The size is in bytes. */
export function controlFile(version: string, target: Target, bytes: number): string {
  return [
    `Package: ${PACKAGE}`,
    `Version: ${version}`,
    `Architecture: ${debianArchitecture(target)}`,
    "Maintainer: the tftp authors <tftp@localhost>",
    `Installed-Size: ${Math.ceil(bytes / 1024)}`,
    // The C library's version is that of the oldest symbol Deno's runtime asks for.
    "Depends: libc6 (>= 2.27), libgcc-s1, libcap2-bin",
    // They too have a program, or an alternative, /usr/bin/tftp.
    "Conflicts: atftp, tftp, tftp-hpa",
    "Section: net",
    "Priority: optional",
    "Description: TFTP client and server in one program",
    " Fetches, sends and serves files by the Trivial File Transfer Protocol: RFC 1350",
    " with options (RFC 2347, 2348, 2349) and windows (RFC 7440). The program is",
    " self-contained and may use network and files, but run no other program.",
    " .",
    " The service is not started by itself: systemctl enable --now tftp",
    "",
  ].join("\n");
}
