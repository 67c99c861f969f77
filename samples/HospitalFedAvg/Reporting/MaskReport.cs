using System.Globalization;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Learning.Layers;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Planning;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;
using FedHe.Orchestration.Transport;

namespace HospitalFedAvg.Reporting;

/// <summary>A mask report tells which parameters are encrypted, how the hospitals agreed upon them, and what the other
/// parameters reveal.</summary>
/// <param name="Policy">The requested policy.</param>
/// <param name="Layout">The layout of the model.</param>
/// <param name="Mask">The mask that the policy selected.</param>
/// <param name="Agreement">The agreement, or null where the policy needed none.</param>
/// <param name="Time">The total time of the selection.</param>
/// <param name="FullEncryption">The cost of encrypting everything instead.</param>
internal sealed record MaskReport(
    MaskPolicy Policy, ModelLayout Layout, EncryptionMask Mask, AgreedMask? Agreement, TimeSpan Time, AggregationPlan FullEncryption)
{
    private const int MostLayers = 12;
    private const int DigestCharacters = 16;

    public IEnumerable<(string Name, string Value)> Lines()
    {
        yield return ("mask", string.Create(
            CultureInfo.InvariantCulture,
            $"{Policy}: {Mask.EncryptedCount:N0} of {Mask.ParameterCount:N0} parameters selected ({Mask.Ratio:P1}), digest {Mask.Digest.ToString()[..DigestCharacters]}..."));
        yield return ("selected", string.Join(", ", ByLayer().Take(MostLayers)) + (ByLayer().Count() > MostLayers ? ", ..." : ""));
        yield return ("agreement", Agreement is null
            ? "none needed: the policy asks for whole layers or a public seed, not for sensitivity"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{Agreement.Digests.Count} hospitals found this mask from the sum of {Agreement.Report.Contributions.Length} encrypted maps of {Agreement.SensitivityBits} bits: " +
                $"{Agreement.Report.BytesReceived / Agreement.Report.Contributions.Length:N0} bytes up each, {Agreement.Report.AggregateLength:N0} down, {Time.TotalSeconds:F2} s altogether " +
                $"(maps {Agreement.Costs.Train.TotalSeconds:F2} s, encryption {Agreement.Costs.Encrypt.TotalSeconds:F2} s, sum {Agreement.Costs.Fold.TotalSeconds:F2} s, decryption {Agreement.Costs.Decrypt.TotalSeconds:F2} s)"));
        if (!Mask.IsAll)
        {
            yield return ("in clear", string.Create(
                CultureInfo.InvariantCulture,
                $"the server sees each hospital's own values of {Mask.ClearCount:N0} parameters, and how they change, every round"));
            yield return ("instead", string.Create(
                CultureInfo.InvariantCulture,
                $"encrypting every parameter takes {FullEncryption.UploadBytes:N0} bytes up ({FullEncryption.UploadRatio:F2}x float32): leave the mask out"));
        }
    }

    private IEnumerable<string> ByLayer()
    {
        var encrypted = new bool[Mask.EncryptedCount];
        encrypted.AsSpan().Fill(true);
        var flags = new bool[Mask.ToArrayLength()];
        Mask.ScatterEncrypted<bool>(encrypted, flags);
        return Enumerable.Range(0, Layout.Tensors.Length)
            .Where(i => Layout.Tensors[i].IsAggregated)
            .GroupBy(i => Layout.Tensors[i].Layer)
            .Select(layer =>
            {
                int count = layer.Sum(i => flags.AsSpan((int)Layout.OffsetOf(i), Layout.Tensors[i].ToArrayLength()).Count(true));
                long total = layer.Sum(i => Layout.Tensors[i].ElementCount);
                return string.Create(CultureInfo.InvariantCulture, $"{layer.Key} {count:N0} of {total:N0} ({(double)count / total:P0})");
            });
    }
}
