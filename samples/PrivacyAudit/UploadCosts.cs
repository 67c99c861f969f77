using System.Globalization;
using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Keys;
using FedHe.Learning.Training;
using FedHe.MLBridge.Updates;
using FedHe.PrivacyAudit.Runs;

namespace PrivacyAuditSample;

/// <summary>Upload costs are the time and bytes of a host's uploads at each ratio.</summary>
/// <remarks>Weights are hidden where everything is encrypted. Otherwise the server sees the weights and multiplies by
/// them, and the parameters keep room for their sum.</remarks>
internal static class UploadCosts
{
    private const int Clients = 10;
    private const int SamplesPerClient = 1000;
    private const int PrecisionBits = 24;

    /// <summary>The assumptions of the measurement, in words.</summary>
    public static string Note => string.Create(
        CultureInfo.InvariantCulture,
        $"As a host of {Clients} clients with up to {SamplesPerClient} samples sends it, with {PrecisionBits} bits of precision promised; " +
        $"weights are hidden where everything is encrypted, and in clear elsewhere.");

    /// <summary>Measures the cost of an upload at every ratio, and at ratio 1.</summary>
    public static IReadOnlyList<UpdateCost> Measure(int parameterCount, IReadOnlyList<double> ratios, CancellationToken cancellationToken)
    {
        using var hidden = new Job(totalWeight: Clients);
        using var clear = new Job(totalWeight: Clients * SamplesPerClient);
        return [.. ratios.Append(1).Distinct().Select(ratio =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return ratio < 1
                ? clear.Measure(Weighting.Clear, parameterCount, ratio)
                : hidden.Measure(Weighting.Hidden, parameterCount, ratio);
        })];
    }

    private sealed class Job : IDisposable
    {
        private readonly HeContext _context;
        private readonly KeyPair _keys;

        public Job(long totalWeight)
        {
            _context = new CkksScheme().CreateContext(
                CkksParameters.ForTotalWeight(totalWeight), new HeContextOptions { MaxDegreeOfParallelism = 1 });
            _keys = _context.GenerateKeyPair();
        }

        public UpdateCost Measure(Weighting weighting, int parameterCount, double ratio) => UpdateCost.Measure(
            _context.CreateEncryptor(_keys.SecretKey),
            _context.Public,
            weighting,
            new TransferPrecision(PrecisionBits, Clients),
            parameterCount,
            ratio);

        public void Dispose()
        {
            _keys.Dispose();
            _context.Dispose();
        }
    }
}
