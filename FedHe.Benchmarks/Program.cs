using System.Diagnostics;
using System.Reflection;
using FedHe.Crypto.Kernels;
using FedHe.Crypto.Kernels.Lanes;
int n = 4096;
var roots = new NttRoots(n, 0x3ffffffffc001);
var k = new LaneNtt<RealLane512, WordLane512>(roots);
var pin = GC.AllocateArray<ulong>(n + 16, pinned: true); int off = 0;
unsafe { fixed (ulong* q = pin) { off += (int)(((64 - ((nint)q & 63)) & 63) / 8); } }
var rnd = new Random(1);
for (int i = 0; i < n; i++) pin[off + i] = (ulong)rnd.NextInt64(0x3ffffffffc001);
double Time(Action a) { for (int i = 0; i < 300; i++) a(); Thread.Sleep(150); for (int i = 0; i < 300; i++) a(); var best = new List<double>(); for (int r = 0; r < 60; r++) { var sw = Stopwatch.StartNew(); for (int i = 0; i < 50; i++) a(); best.Add(sw.Elapsed.TotalMicroseconds / 50); } best.Sort(); return best[0]; }
void Fill() { for (int i = 0; i < n; i++) pin[off + i] = (ulong)rnd.NextInt64(0x3ffffffffc001); }
void FillD() { for (int i = 0; i < n; i++) pin[off + i] = BitConverter.DoubleToUInt64Bits((double)rnd.NextInt64(0x3ffffffffc001)); }

var w = new ulong[n]; var d = new ulong[n];
Fill(); pin.AsSpan(off, n).CopyTo(w); FillD(); pin.AsSpan(off, n).CopyTo(d);
void CW() => w.AsSpan().CopyTo(pin.AsSpan(off, n)); void CD() => d.AsSpan().CopyTo(pin.AsSpan(off, n));
ref double R() => ref System.Runtime.CompilerServices.Unsafe.As<ulong, double>(ref pin[off]);
for (int z = 0; z < 3; z++)
{
double c = Time(CW);
Console.WriteLine($"copy {c:F2} first {Time(() => { CW(); k.ForwardFirstPair(ref pin[off]); }) - c:F2}");
foreach (int g in new[] { 4, 16, 64 })
{
    Console.WriteLine($"pair {g} {Time(() => { CD(); k.ForwardPair(ref R(), g); }) - c:F2} red {Time(() => { CD(); k.ForwardReducingPair(ref R(), g); }) - c:F2} inv {Time(() => { CD(); k.InversePair(ref R(), g); }) - c:F2}");
}
Console.WriteLine($"blocks {Time(() => { CD(); k.ForwardBlocks(ref pin[off]); }) - c:F2}");
Console.WriteLine($"all {Time(() => { CW(); k.Forward(pin.AsSpan(off, n)); }) - c:F2}");
Console.WriteLine($"inverse blocks {Time(() => { CW(); k.InverseBlocks(ref pin[off]); }) - c:F2}");
Console.WriteLine($"inverse last {Time(() => { CD(); k.InverseLastPair(ref pin[off]); }) - c:F2}");
Console.WriteLine($"all {Time(() => { CW(); k.Inverse(pin.AsSpan(off, n)); }) - c:F2}");
}
