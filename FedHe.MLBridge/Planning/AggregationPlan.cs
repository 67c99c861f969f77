using System.Collections.Immutable;
using System.Globalization;
using FedHe.Crypto;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Planning;

/// <summary>
/// An aggregation plan states the cost and the precision of a round before anything runs; an impossible round is
/// refused.
/// </summary>
/// <remarks>Source: the quantities of FedML-HE, Tables 4 and 6, computed in advance here instead of measured.</remarks>
public sealed record AggregationPlan
{
    private const int DefaultPrecisionBits = 8;

    private AggregationPlan(AggregationTerms terms) => Terms = terms;

    /// <summary>The terms that all parties agreed upon.</summary>
    public AggregationTerms Terms { get; }

    /// <summary>The name of the encryption scheme.</summary>
    public required string SchemeName { get; init; }

    /// <summary>The description of how values are encoded, in words.</summary>
    public required string Encoding { get; init; }

    /// <summary>The security level of the parameters.</summary>
    public required SecurityLevel SecurityLevel { get; init; }

    /// <summary>The number of clients in the round.</summary>
    public required int Clients { get; init; }

    /// <summary>The sum of the clients' weights.</summary>
    public required long TotalWeight { get; init; }

    /// <summary>The number of ciphertexts in an update, and in the aggregate.</summary>
    public required long CiphertextCount { get; init; }

    /// <summary>
    /// The length in bytes of one client's update, for a client name of the greatest length (64 characters).
    /// </summary>
    public required long UploadBytes { get; init; }

    /// <summary>The length in bytes of the aggregate, which every client downloads.</summary>
    public required long DownloadBytes { get; init; }

    /// <summary>
    /// Whether update and aggregate are each short enough for an array and so fit messages held in memory. Longer ones need a
    /// host that stores and reads them as streams.
    /// </summary>
    public bool FitsMessages => Math.Max(UploadBytes, DownloadBytes) <= Array.MaxLength;

    /// <summary>
    /// The size in bytes of the same values as unencrypted 32-bit floating-point numbers, for comparison.
    /// </summary>
    public long PlaintextBytes => sizeof(float) * Terms.Layout.ParameterCount;

    /// <summary>The number of bits in an update per value of the model.</summary>
    public double UploadBitsPerValue => 8 * (double)UploadBytes / Terms.Layout.ParameterCount;

    /// <summary>The number of bits in the aggregate per value of the model.</summary>
    public double DownloadBitsPerValue => 8 * (double)DownloadBytes / Terms.Layout.ParameterCount;

    /// <summary>The ratio of <see cref="UploadBytes"/> to <see cref="PlaintextBytes"/>.</summary>
    public double UploadRatio => (double)UploadBytes / PlaintextBytes;

    /// <summary>The ratio of <see cref="DownloadBytes"/> to <see cref="PlaintextBytes"/>.</summary>
    public double DownloadRatio => (double)DownloadBytes / PlaintextBytes;

    /// <summary>
    /// The peak memory of the server's aggregation in bytes: the sum, one encoded update and one decoded segment of it.
    /// When updates are read from streams, one encoded segment takes the place of the update's <see
    /// cref="UploadBytes"/>.
    /// </summary>
    public required long ServerMemoryInBytes { get; init; }

    /// <summary>
    /// The peak memory of a client's bridge in bytes, not counting the models before and after. It covers the update
    /// that <see cref="UpdateEncryptor.Write(IFlatModel, long, UploadSlot, System.Buffers.IBufferWriter{byte})"/> writes, or
    /// the aggregate, and a few segments; with streams, only the segments.
    /// </summary>
    public required long ClientMemoryInBytes { get; init; }

    /// <summary>
    /// The bound on the error of each tensor's averages, in the order of the layout; see <see
    /// cref="AveragedModel.ErrorBounds"/>. A single value exceeds it with probability at most 2^-80.
    /// </summary>
    public required ImmutableArray<double> ErrorBounds { get; init; }

    /// <summary>
    /// The precision of the averages relative to their tensors' bounds, in bits, before the rounding to element types.
    /// </summary>
    public required double PrecisionBits { get; init; }

    /// <summary>The largest total weight that this number of clients could have.</summary>
    public required long MaxTotalWeight { get; init; }

    /// <summary>The total weight that could be added without exceeding <see cref="MaxTotalWeight"/>.</summary>
    public long WeightHeadroom => MaxTotalWeight - TotalWeight;

    /// <summary>Creates the plan of a round.</summary>
    /// <param name="context">The scheme and its parameters.</param>
    /// <param name="terms">The terms that all parties agreed upon.</param>
    /// <param name="clients">The number of clients in the round, at least 1.</param>
    /// <param name="totalWeight">
    /// The sum of the clients' weights: at least 1 and at most <see cref="AggregationTerms.MaxWeight"/> for each
    /// client.
    /// </param>
    /// <param name="uploadForm">
    /// The form of the uploads: full (public-key encryption) or seeded (secret-key encryption).
    /// </param>
    /// <param name="requiredPrecisionBits">
    /// The precision in bits below which the plan is refused; the default of 8 bits is the precision of bfloat16.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The clients or weights contradict each other or the terms.</exception>
    /// <exception cref="PlanRefusedException">The round is impossible; the exception names the reason.</exception>
    public static AggregationPlan Create(
        HePublicContext context,
        AggregationTerms terms,
        int clients,
        long totalWeight,
        VectorForm uploadForm,
        double requiredPrecisionBits = DefaultPrecisionBits)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentOutOfRangeException.ThrowIfLessThan(clients, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(totalWeight, clients);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(totalWeight, PlannedSum.LargestTotalWeight(terms, clients));
        (double encryptedError, long maxTotalWeight) = PlanSum(context, terms, clients, totalWeight, uploadForm);
        double precisionBits = -Math.Log2(AverageError.Largest(terms, encryptedError, ClearPart.RoundingError));
        if (precisionBits < requiredPrecisionBits)
        {
            throw Throw.PrecisionBelowRequired(precisionBits, requiredPrecisionBits);
        }

        PlannedSizes sizes = PlannedSizes.Of(context, terms, clients, totalWeight, uploadForm);
        return new AggregationPlan(terms)
        {
            SchemeName = context.Parameters.SchemeName,
            Encoding = context.Parameters.Encoding,
            SecurityLevel = context.Parameters.SecurityLevel,
            Clients = clients,
            TotalWeight = totalWeight,
            CiphertextCount = SegmentPlan.Of(terms.VectorLength, context.Parameters).CiphertextCount,
            UploadBytes = sizes.Upload,
            DownloadBytes = sizes.Download,
            ServerMemoryInBytes = sizes.ServerMemory,
            ClientMemoryInBytes = sizes.ClientMemory,
            ErrorBounds = AverageError.PerTensor(terms, encryptedError, ClearPart.RoundingError),
            PrecisionBits = precisionBits,
            MaxTotalWeight = maxTotalWeight,
        };
    }

    /// <summary>Returns the plan as a short table.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        scheme            {SchemeName}, {(int)SecurityLevel}-bit security
        encoding          {Encoding}
        values            {Terms.Layout.ParameterCount}, {Terms.Mask.Ratio:P1} encrypted in {CiphertextCount} ciphertexts
        upload            {UploadBytes} bytes ({UploadBitsPerValue:F1} bits a value, {UploadRatio:F2} x float32)
        download          {DownloadBytes} bytes ({DownloadBitsPerValue:F1} bits a value, {DownloadRatio:F2} x float32)
        memory, server    {ServerMemoryInBytes} bytes
        memory, client    {ClientMemoryInBytes} bytes
        precision         {PrecisionBits:F1} bits of each tensor's bound
        total weight      {TotalWeight} of {Clients} clients, room for {WeightHeadroom} more
        """);

    private static (double EncryptedError, long MaxTotalWeight) PlanSum(
        HePublicContext context, AggregationTerms terms, int clients, long totalWeight, VectorForm uploadForm)
    {
        if (terms.VectorLength == 0)
        {
            return (0, PlannedSum.LargestTotalWeight(terms, clients));
        }

        var sum = new PlannedSum(context, FreshBound(context, terms, uploadForm), uploadForm, terms);
        long maxTotalWeight = sum.MaxTotalWeight(clients);
        if (totalWeight > maxTotalWeight)
        {
            throw Throw.WeightsExceedCapacity(maxTotalWeight);
        }

        double error = sum.BoundOf(clients, totalWeight).ErrorBound;
        if (terms.Weighting == Weighting.Clear)
        {
            // Where clients multiply, the plan is for equal weights: the divisor is the number of clients.
            return (error / (context.AddsWeights ? totalWeight : clients), maxTotalWeight);
        }

        // The decrypted divisor of an inexact weight may itself be too small by the error.
        bool isExact = AverageError.IsWeightExact(error, terms.MaxWeight);
        double divisor = ((double)totalWeight / terms.MaxWeight) - (isExact ? 0 : error);
        return (divisor > 0 ? AverageError.OfHidden(error, divisor, isExact) : double.PositiveInfinity, maxTotalWeight);
    }

    private static VectorBound FreshBound(HePublicContext context, AggregationTerms terms, VectorForm form)
    {
        try
        {
            VectorBound fresh = context.FreshBound(1, form);
            return terms.Precision is TransferPrecision precision && context.Compressor is { } compressor
                ? compressor.CompressedBound(fresh, form, precision.UploadDeviation)
                : fresh;
        }
        catch (HeCapacityException)
        {
            throw Throw.WeightsExceedCapacity(maxTotalWeight: 0);
        }
    }
}
