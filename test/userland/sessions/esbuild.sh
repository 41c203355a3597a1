# esbuild, a static Go program of many threads: bundles, splits, minifies, reports errors, serves over the loopback.
exec 2>&1 < /dev/null
mkdir -p /tmp/p/src && cd /tmp/p
cat > src/main.ts <<'T'
import { area, Circle, type Shape, Square } from './shapes';
import { log } from './log.js';
import data from './data.json';
import './style.css';
enum Level { Low = 1, High = Low << 4 }
const shapes: Shape[] = [new Circle(data.radius), new Square(3)];
log(`${Level.High}: ${shapes.map(area).join(', ')} ${data.name ?? 'none'}`);
const lazy = () => import('./lazy');
lazy().then(({ default: run }) => run(DEBUG));
T
cat > src/shapes.ts <<'T'
export interface Shape { readonly size: number; area(): number }
abstract class Base implements Shape { constructor(readonly size: number) {} abstract area(): number; static #made = 0; static made() { return Base.#made++; } }
export class Circle extends Base { area() { return Math.PI * this.size ** 2; } }
export class Square extends Base { area() { return this.size ** 2; } }
export class Unused extends Base { area() { return 0; } }
export const area = (shape: Shape): number => Math.round(shape.area());
T
echo 'module.exports.log = function (text) { for (const line of [...text.split("\n")]) console.log(line?.trim() || "empty"); };' > src/log.js
printf 'import { area } from "./shapes";\nexport default async function* run(debug: boolean) { if (debug) console.log(area); yield* [1n, 2n]; }\n' > src/lazy.ts
echo '{"name": "täst", "radius": 2.5, "list": [1, 2, 3]}' > src/data.json
printf '@import "./colors.css";\n.a { .b & { color: var(--red); inset: 0 } background: url(dot.svg) }\n' > src/style.css
echo ':root { --red: #ff0000ff }' > src/colors.css; echo '<svg/>' > src/dot.svg

esbuild --version
esbuild src/main.ts --bundle --define:DEBUG=false --loader:.svg=dataurl --target=es2017,chrome80 --outfile=out/main.js --log-level=warning; echo $?; cat out/main.js out/main.css
esbuild src/main.ts src/lazy.ts --bundle --splitting --format=esm --minify --sourcemap --define:DEBUG=true --loader:.svg=file --outdir=split --metafile=meta.json --log-level=warning; echo $?; ls split; sha256sum split/* meta.json; cat split/main.js
esbuild src/main.ts --bundle --define:DEBUG=false --loader:.svg=empty --format=cjs --platform=node --outdir=out2 --analyze --log-level=error
for target in es5 es2015 es2022; do echo 'class A { #x = 1; get x() { return this.#x ** 2 } static async *f(...a) { for await (const b of a) yield b?.c ?? `${b}` } }' | esbuild --target=$target --loader=js; echo $?; done
echo 'const x: = 1; import "./missing"' | esbuild --bundle --loader=ts; echo $?; echo 'x = <div a={b}>text</div>' | esbuild --loader=jsx --jsx=automatic; echo 'a { color: RED; width: calc(1px + 2px) }' | esbuild --loader=css --minify

echo 'Hundred files at once:'
mkdir many && for ((i = 0; i < 100; i++)); do echo "import { v as next } from './m$(((i + 1) % 100))'; export const v = () => [$i, next]; export let unused$i = new Map([[$i, '$i']])" > many/m$i.js; done
esbuild many/m0.js --bundle --format=esm --outfile=out/many.js --log-level=warning; sha256sum out/many.js; GOMAXPROCS=4 GOGC=20 esbuild many/m*.js --minify --outdir=out/each --log-level=warning; cat out/each/*.js | sha256sum

echo 'A server on the loopback:'
esbuild src/main.ts --bundle --define:DEBUG=false --loader:.svg=empty --servedir=. --serve=127.0.0.1:8000 --outdir=served --log-level=error < <(exec sleep 100000) & server=$!
get() { exec 3<> /dev/tcp/127.0.0.1/8000 && printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' $1 >&3 && sed '/^Date\|^Last-Mod/d' <&3; exec 3>&-; }
until (exec 3<> /dev/tcp/127.0.0.1/8000); do sleep 0.1; done 2> /dev/null
get /src/data.json; get /served/main.js | tail -n 5; get /none | head -n 1; for i in 1 2 3 4; do get /served/main.css | sha256sum & waits+=($!); done; wait ${waits[@]}
kill $server; wait $server; echo $?
