using System.Globalization;

namespace FedHe.Benchmarks.Rounds;

/// <summary>A round report words the figures of a round for people.</summary>
internal static class RoundReport
{
    public static string Summary(RoundResult figures)
    {
        double perValue = 1e6 / (figures.Params * figures.MaskRatio);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            per value: encrypt {figures.EncryptMs * perValue:F2} ns ({figures.EncryptMs / figures.FloorMs:F2} x floor), fold {figures.FoldMs * perValue:F2} ns, decrypt {figures.DecryptMs * perValue:F2} ns
            {(figures.Mode == "direct" ? "direct mode" : $"round keys: tags {figures.TagMs * perValue:F2} ns a value and direction, decryption without verification {(figures.DecryptMs - figures.VerifyMs) * perValue:F2} ns, {(figures.MemberMs > 0 ? $"work of a member of {figures.Keys} {figures.MemberMs:F2} ms" : $"protection of round keys {figures.OuterMs:F2} ms")}")}
            {FirstRound(figures, perValue)}
            round: {figures.RoundMs:F1} ms, {figures.RoundMs / figures.PlaintextMs:F0} x plaintext averaging
            """);
    }

    private static string FirstRound(RoundResult figures, double perValue) => figures.Cold is ColdResult cold
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"""
            first round of a fresh process, median of {cold.Processes}: encrypt {cold.EncryptMs * perValue:F1} ns ({cold.EncryptMs / figures.EncryptMs:F1} x warm), fold {cold.FoldMs * perValue:F1} ns ({cold.FoldMs / figures.FoldMs:F1} x), decrypt {cold.DecryptMs * perValue:F1} ns ({cold.DecryptMs / figures.DecryptMs:F1} x)
            first use of the library to first upload: {cold.FirstUploadMs:F0} ms; compiler: {cold.CompilerMs:F0} ms for {cold.CompiledMethods} methods
            """)
        : string.Create(
            CultureInfo.InvariantCulture,
            $"first round of all: encrypt {figures.FirstEncryptMs * perValue:F1} ns, fold {figures.FirstFoldMs * perValue:F1} ns, decrypt {figures.FirstDecryptMs * perValue:F1} ns");

    public static string Summary(SelectiveResult figures) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        with the clear part, as hosts run it: upload {figures.UploadOfFloat32:F3} x float32, everything encrypted {figures.FullUploadBytes / (double)figures.PlaintextBytes:F3} x
        round {figures.RoundMs:F1} ms, everything encrypted {figures.FullRoundMs:F1} ms ({figures.RoundTimeOfFull:F2} x), nothing encrypted {figures.ClearRoundMs:F1} ms, floats only {figures.PlaintextRoundMs:F1} ms
        HE time, beyond the round with nothing encrypted: {figures.HeMs:F1} ms, {figures.HeTimeOfFull:F2} x that of everything; beyond floats only: {figures.RoundMs - figures.PlaintextRoundMs:F1} ms, {figures.HeTimeOfFullBesideFloats:F2} x
        """);

    public static string Comparison(RoundResult figures, RoundResult first) => string.Create(
        CultureInfo.InvariantCulture,
        $"times those of {first.Scheme}: encrypt {figures.EncryptMs / first.EncryptMs:F2}, fold {figures.FoldMs / first.FoldMs:F2}, decrypt {figures.DecryptMs / first.DecryptMs:F2}, upload bytes {(double)figures.UploadBytes / first.UploadBytes:F2}");
}
