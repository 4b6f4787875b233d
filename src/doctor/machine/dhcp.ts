/** What a DHCP server must send, so that machines find this TFTP server. Pure. */

import type { DhcpLines } from "../report.ts";

/** Examples for values that are not known. */
const SOME_ADDRESS = "192.0.2.1";
const SOME_FILE = "pxelinux.0";

/** The lines for the usual DHCP servers; `file` is what the machines boot. */
export function dhcpLines(known: { address?: string; file?: string }): DhcpLines[] {
  const { address = SOME_ADDRESS, file = SOME_FILE } = known;
  const stands = (example: boolean, text: string) => example ? `  (${text})` : "";
  return [
    {
      program: "In general",
      lines: [
        `next-server ${address}${stands(!known.address, "example: use this machine's address")}`,
        `filename    ${file}${
          stands(!known.file, "example: use the file that your machines boot")
        }`,
      ],
    },
    { program: "dnsmasq", lines: [`dhcp-boot=${file},,${address}`] },
    { program: "ISC dhcpd", lines: [`next-server ${address};`, `filename "${file}";`] },
    {
      program: "Kea (in a subnet4)",
      lines: [`"next-server": "${address}",`, `"boot-file-name": "${file}"`],
    },
  ];
}
