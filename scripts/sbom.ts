/**
 * Prints what is shipped as a CycloneDX bill of materials: npm run --silent sbom > numstore.cdx.json
 *
 * `npm sbom --omit dev` also leaves out what is shipped and needed by a tool besides, such as @bufbuild/protobuf. So npm
 * lists all, and what it marks as needed for development alone is left out here.
 */
import { execFileSync } from 'node:child_process';

/** The part of a bill that is looked at; the rest goes through as it is. */
interface Bill {
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Component {
  readonly 'bom-ref': string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

function isShipped({ properties = [] }: Component): boolean {
  return !properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true');
}

const text = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], {
  cwd: new URL('..', import.meta.url),
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
});
const bill: Bill = JSON.parse(text);
const left = new Set(
  bill.components.filter((component) => !isShipped(component)).map((component) => component['bom-ref']),
);
const components = bill.components.filter((component) => !left.has(component['bom-ref']));
const dependencies = bill.dependencies
  .filter(({ ref }) => !left.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((name) => !left.has(name)) }));
console.log(JSON.stringify({ ...bill, components, dependencies }, null, 2));
