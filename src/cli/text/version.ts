/** The program's version, read when it is needed. */
export async function version(): Promise<string> {
  const { default: config } = await import("../../../deno.json", { with: { type: "json" } });
  return config.version;
}
