using System.Diagnostics;
using FedHe.Crypto.Kernels;
using FedHe.Crypto.Kernels.Lanes;

foreach (int n in new[] { 2048, 4096, 8192 })
{
    var roots = new NttRoots(n, 0x3ffffffffc001);
    var rnd = new Random(1);
    var x = new ulong[n];
    for (int i = 0; i < n; i++) x[i] = (ulong)rnd.NextInt64(0x3ffffffffc001);
    var kernels = Enum.GetValues<LaneWidth>().Select(w => (w, NttKernel.Create(roots, w))).ToArray();
    var reference = (ulong[])x.Clone(); kernels[0].Item2.Forward(reference);
    foreach (var (w, k) in kernels)
    {
        var y = (ulong[])x.Clone(); k.Forward(y);
        bool ok1 = y.AsSpan().SequenceEqual(reference); k.Inverse(y); bool ok2 = y.AsSpan().SequenceEqual(x);
        double Time(Action a) { for (int i = 0; i < 300; i++) a(); Thread.Sleep(150); for (int i = 0; i < 300; i++) a(); var best = new List<double>(); for (int r = 0; r < 40; r++) { var sw = Stopwatch.StartNew(); for (int i = 0; i < 50; i++) a(); best.Add(sw.Elapsed.TotalMicroseconds / 50); } best.Sort(); Console.Write($"min {best[0]:F2} med {best[20]:F2}  "); return best[0]; }
        Time(() => k.Forward(y)); Time(() => k.Inverse(y));
        Console.WriteLine($"{n} {w}: {ok1} {ok2}");
    }
}
