namespace FedHe.Benchmarks.Kernels;

/// <summary>The kernel catalog lists the kernels that are measured, and the platform's primitives that no kernel can
/// beat.</summary>
internal static class KernelCatalog
{
    public static (string Name, Action<KernelWorkload> Run)[] Kernels { get; } =
    [
        ("NTT forward", static work => work.NttForward()),
        ("NTT inverse", static work => work.NttInverse()),
        ("NTT inverse of product", static work => work.NttInverseOfProduct()),
        ("NTT inverse of product, halves", static work => work.HalfNttInverseOfProduct()),
        ("multiply", static work => work.Multiply()),
        ("add scaled", static work => work.AddScaled()),
        ("scale", static work => work.ScaleBy()),
        ("add", static work => work.Add()),
        ("subtract", static work => work.SubtractFrom()),
        ("reduce signed", static work => work.ReduceSigned()),
        ("add small signed", static work => work.AddSmallSigned()),
        ("mask message", static work => work.MaskMessage()),
        ("encode and mask, halves", static work => work.MaskHalves()),
        ("center", static work => work.Center()),
        ("unmask and decode", static work => work.UnmaskSum()),
        ("unmask and decode, halves", static work => work.UnmaskHalves()),
        ("pack 50 bits", static work => work.Pack50()),
        ("unpack 50 bits", static work => work.Unpack50()),
        ("pack 26 bits", static work => work.Pack26()),
        ("unpack 26 bits", static work => work.Unpack26()),
        ("restore 29 bits", static work => work.RestorePublic()),
        ("unpack 29 bits, halves", static work => work.UnpackHalves()),
        ("add 26 bits", static work => work.AddPacked()),
        ("add 26 bits, halves", static work => work.AddPackedHalves()),
        ("pack 24 bits", static work => work.Pack24()),
        ("pack 24 bits, halves", static work => work.PackHalves()),
        ("encode", static work => work.Encode()),
        ("decode", static work => work.Decode()),
        ("encode exact", static work => work.EncodeExact()),
        ("decode exact", static work => work.DecodeExact()),
        ("gather 9 of 10", static work => work.Gather()),
        ("merge 1 and 9", static work => work.Merge()),
        ("centered binomial", static work => work.CenteredBinomial()),
        ("ternary", static work => work.Ternary()),
        ("hash values", static work => work.HashValues()),
        ("FFT of N/2", static work => work.Fft()),
        ("hash for tags", static work => work.HashRows()),
        ("hash 26 packed bits for tags", static work => work.HashPacked()),
        ("fold a hash", static work => work.FoldHash()),
        ("expand seed", static work => work.ExpandSeed()),
        ("SHA-256 of 16 messages, N bytes", static work => work.Digest()),
    ];

    public static (string Name, Action<KernelWorkload> Run)[] Primitives { get; } =
    [
        ("AES-256, 8N bytes", static work => work.EncryptCounters()),
        ("  the same, OpenSSL", static work => work.EncryptCountersWithLibrary()),
        ("generator, 5.25N bytes", static work => work.FillWithRandomBytes()),
    ];
}
