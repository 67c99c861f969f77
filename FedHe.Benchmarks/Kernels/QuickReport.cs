using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Benchmarks.Kernels;

/// <summary>
/// Medians and minima of every kernel at every supported width, interleaved in one process, so that ratios hold on a
/// noisy machine even where absolute times do not.
/// </summary>
internal static class QuickReport
{
    private static readonly (string Name, Action<KernelWorkload> Run)[] Kernels =
    [
        ("NTT forward", static work => work.NttForward()),
        ("NTT inverse", static work => work.NttInverse()),
        ("multiply", static work => work.Multiply()),
        ("add scaled", static work => work.AddScaled()),
        ("scale", static work => work.ScaleBy()),
        ("add", static work => work.Add()),
        ("subtract", static work => work.SubtractFrom()),
        ("reduce signed", static work => work.ReduceSigned()),
        ("add small signed", static work => work.AddSmallSigned()),
        ("mask message", static work => work.MaskMessage()),
        ("centre", static work => work.Center()),
        ("pack 50 bits", static work => work.Pack50()),
        ("unpack 50 bits", static work => work.Unpack50()),
        ("pack 26 bits", static work => work.Pack26()),
        ("unpack 26 bits", static work => work.Unpack26()),
        ("encode", static work => work.Encode()),
        ("decode", static work => work.Decode()),
        ("encode exact", static work => work.EncodeExact()),
        ("decode exact", static work => work.DecodeExact()),
        ("gather 9 of 10", static work => work.Gather()),
        ("merge 1 and 9", static work => work.Merge()),
        ("centred binomial", static work => work.CentredBinomial()),
        ("ternary", static work => work.Ternary()),
        ("FFT of N/2", static work => work.Fft()),
        ("expand seed", static work => work.ExpandSeed()),
    ];

    private static readonly (string Name, Action<KernelWorkload> Run)[] Floors =
    [
        ("AES-256, 8N bytes", static work => work.CipherFloor()),
        ("generator, 5.25N bytes", static work => work.GeneratorFloor()),
    ];

    public static void Write(TextWriter output)
    {
        LaneWidth[] widths = [.. Enum.GetValues<LaneWidth>().Where(LaneSupport.IsSupported)];
        KernelWorkload[] works = [.. widths.Select(width => new KernelWorkload(width))];
        output.WriteLine($"{Machine.CpuName}; N = {KernelWorkload.Degree}; best lanes: {LaneSupport.Best}");
        output.WriteLine("median (minimum) in microseconds");
        QuickTable.WriteHeader(output, widths);
        WarmUp(works);
        foreach ((string name, Action<KernelWorkload> run) in Kernels)
        {
            QuickTable.WriteRow(output, name, [.. works.Select<KernelWorkload, Action>(work => () => run(work))]);
        }

        foreach ((string name, Action<KernelWorkload> run) in Floors)
        {
            QuickTable.WriteRow(output, name, [() => run(works[^1])]);
        }
    }

    /// <summary>Enough calls and time for the last tier of the just-in-time compiler.</summary>
    private static void WarmUp(KernelWorkload[] works)
    {
        for (int round = 0; round < 24; round++)
        {
            foreach ((_, Action<KernelWorkload> run) in Kernels.Concat(Floors))
            {
                foreach (KernelWorkload work in works)
                {
                    QuickTable.Repeat(() => run(work), 40);
                }
            }

            Thread.Sleep(250);
        }
    }
}
