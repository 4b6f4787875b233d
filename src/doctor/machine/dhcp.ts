/** What a DHCP server has to say, so that machines find this TFTP server. Pure. */

import type { DhcpLines } from "../report.ts";

/** Stand where nothing better is known. */
const SOME_ADDRESS = "192.0.2.1";
const SOME_FILE = "pxelinux.0";

/** The lines for the three servers in use; `file` is what the machines boot. */
export function dhcpLines(
  address: string = SOME_ADDRESS,
  file: string = SOME_FILE,
): DhcpLines[] {
  return [
    { program: "next-server and filename", lines: [address, file] },
    { program: "dnsmasq", lines: [`dhcp-boot=${file},,${address}`] },
    { program: "ISC dhcpd", lines: [`next-server ${address};`, `filename "${file}";`] },
    {
      program: "Kea (in a subnet4)",
      lines: [`"next-server": "${address}",`, `"boot-file-name": "${file}"`],
    },
  ];
}
