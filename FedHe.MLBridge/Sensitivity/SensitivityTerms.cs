using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Planning;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Sensitivity;

/// <summary>
/// Sensitivity terms define how clients add up their sensitivity maps without revealing them: as whole numbers from 0
/// to 2^<see cref="Bits"/>, encrypted like a model and summed with weight 1. They are public and immutable.
/// </summary>
/// <remarks>
/// The number of bits is small enough that every key holder finds exactly the same sum, whatever the noise. Source:
/// FedML-HE, section 2.4 step 2, with the selection on decrypted integers instead of ciphertexts.
/// </remarks>
public sealed class SensitivityTerms
{
    /// <summary>The largest number of bits of a quantized sensitivity.</summary>
    public const int MostBits = 20;

    /// <summary>
    /// The smallest number of bits of a quantized sensitivity; with fewer, ties would decide instead of sensitivity.
    /// </summary>
    public const int LeastBits = 8;

    private SensitivityTerms(ModelLayout layout, long maxWeight, int bits, AggregationTerms terms)
    {
        Layout = layout;
        MaxWeight = maxWeight;
        Bits = bits;
        Terms = terms;
    }

    /// <summary>The layout of the model whose sensitivity is measured.</summary>
    public ModelLayout Layout { get; }

    /// <summary>The weight that counts fully; a client with a smaller weight counts in proportion to it.</summary>
    public long MaxWeight { get; }

    /// <summary>
    /// The number of bits b of a quantized sensitivity; the tensors in <see cref="Terms"/> have the bound 2^b.
    /// </summary>
    public int Bits { get; }

    /// <summary>
    /// The terms of the aggregation: the model's floating tensors, all encrypted, with a step of 1. Their precision
    /// leaves out as many low bits as possible while the sum stays exact.
    /// </summary>
    public AggregationTerms Terms { get; }

    /// <summary>
    /// Creates terms with the most bits for which the sum is certain to be exact after rounding, and then with the
    /// shortest encoding.
    /// </summary>
    /// <param name="context">The scheme and its parameters.</param>
    /// <param name="layout">The layout of the model.</param>
    /// <param name="clients">The largest number of clients, at least 1.</param>
    /// <param name="maxWeight">
    /// The largest weight of one client, 1 to <see cref="AggregationTerms.LargestTotalWeight"/>.
    /// </param>
    /// <param name="uploadForm">
    /// The form of the uploads: full (public-key encryption) or seeded (secret-key encryption).
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The number of clients or the weight is out of range.</exception>
    /// <exception cref="PlanRefusedException">
    /// The sum does not fit, or is exact only with fewer than <see cref="LeastBits"/> bits.
    /// </exception>
    public static SensitivityTerms Create(
        HePublicContext context, ModelLayout layout, int clients, long maxWeight, VectorForm uploadForm)
    {
        ArgumentNullException.ThrowIfNull(layout);
        CheckWeight(maxWeight);
        AggregationPlan plan = PlanOf(context, TermsOf(layout, MostBits), clients, uploadForm);
        double errorOfSum = clients * plan.ErrorBounds.Max();
        int bits = MostBits;
        while (!IsExact(Math.ScaleB(errorOfSum, bits - MostBits)) || clients > uint.MaxValue >> bits)
        {
            if (--bits < LeastBits)
            {
                throw Throw.SensitivityTooCoarse();
            }
        }

        return new SensitivityTerms(layout, maxWeight, bits, Shorten(context, TermsOf(layout, bits), clients, uploadForm));
    }

    /// <summary>
    /// Recovers the sensitivity terms from aggregation terms that another party made with <see cref="Create"/>.
    /// </summary>
    /// <param name="terms">The terms of the aggregation.</param>
    /// <param name="layout">The layout of the model.</param>
    /// <param name="maxWeight">The largest weight of one client.</param>
    /// <exception cref="HeMismatchException">
    /// The aggregation terms do not belong to sensitivity maps of this model.
    /// </exception>
    public static SensitivityTerms Of(AggregationTerms terms, ModelLayout layout, long maxWeight)
    {
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(layout);
        CheckWeight(maxWeight);
        int bits = Math.ILogB(terms.Layout.Tensors[0].Bound);
        if (bits is < LeastBits or > MostBits || With(TermsOf(layout, bits), terms.Precision).Digest != terms.Digest)
        {
            throw Throw.NotSensitivityTerms();
        }

        return new SensitivityTerms(layout, maxWeight, bits, terms);
    }

    /// <summary>
    /// Quantizes a map for encryption. The result depends on the client's data, so it may leave the client only
    /// encrypted.
    /// </summary>
    /// <remarks>
    /// The map is divided by its mean, so that no client's scale decides; cut off at 2^(b/2), with b/2 rounded down;
    /// weighted; and rounded to whole numbers.
    /// </remarks>
    /// <param name="map">The client's map; the result refers to it and computes its values when they are read.</param>
    /// <param name="weight">The client's weight, usually its number of samples: 1 to <see cref="MaxWeight"/>.</param>
    /// <returns>A model of the layout of <see cref="Terms"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The weight is out of range.</exception>
    /// <exception cref="HeMismatchException">The map belongs to another model.</exception>
    public IFlatModel Quantize(SensitivityMap map, long weight)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentOutOfRangeException.ThrowIfLessThan(weight, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weight, MaxWeight);
        return map.Layout.Digest == Layout.Digest
            ? new QuantizedSensitivity(Terms.Layout, map, (double)weight / MaxWeight, Bits)
            : throw Throw.LayoutMismatch();
    }

    /// <summary>Recovers the sum of the quantized maps from their decrypted average, for key holders.</summary>
    /// <param name="average">The average, decrypted under <see cref="Terms"/>.</param>
    /// <exception cref="HeMismatchException">The average was made under another layout.</exception>
    /// <exception cref="HeCapacityException">
    /// The error of the sum reaches half a step, so that two parties might find different numbers, or the sum is zero
    /// throughout.
    /// </exception>
    public GlobalSensitivity Decode(AveragedModel average)
    {
        ArgumentNullException.ThrowIfNull(average);
        if (average.Parameters.Layout.Digest != Terms.Layout.Digest)
        {
            throw Throw.LayoutMismatch();
        }

        if (!IsExact(average.Contributions * average.MaxErrorBound))
        {
            throw Throw.SensitivityDrownsInNoise();
        }

        var integers = new uint[Layout.ToArrayLength()];
        int position = 0;
        bool isZero = true;
        foreach (TensorSpec tensor in Terms.Layout.Tensors)
        {
            foreach (double value in average.Parameters.Get<double>(tensor.Name))
            {
                // Only a dishonest client can make a sum negative.
                uint integer = (uint)Math.Clamp(Math.Round(value * average.Contributions), 0, uint.MaxValue);
                isZero &= integer == 0;
                integers[position++] = integer;
            }
        }

        return isZero ? throw Throw.SensitivityVanishes() : new GlobalSensitivity(Layout, integers);
    }

    /// <summary>
    /// Adds the lowest precision for which the bound on the sum's error, including compression, stays below half a
    /// step. Terms that would not shorten an upload are returned unchanged.
    /// </summary>
    private static AggregationTerms Shorten(HePublicContext context, AggregationTerms whole, int clients, VectorForm uploadForm)
    {
        AggregationPlan longest = PlanOf(context, whole, clients, uploadForm);
        int bits = Math.ILogB(whole.Layout.Tensors[0].Bound);
        for (int precision = bits; precision <= TransferPrecision.MostBits; precision++)
        {
            AggregationTerms terms = With(whole, new TransferPrecision(precision, clients));
            if (TryPlan(context, terms, clients, uploadForm) is AggregationPlan plan && IsExact(clients * plan.ErrorBounds.Max()))
            {
                return plan.UploadBytes < longest.UploadBytes ? terms : whole;
            }
        }

        return whole;
    }

    private static AggregationPlan PlanOf(HePublicContext context, AggregationTerms terms, int clients, VectorForm uploadForm)
        => AggregationPlan.Create(context, terms, clients, totalWeight: clients, uploadForm, requiredPrecisionBits: 0);

    /// <summary>Creates the plan, or returns null when the error of compression leaves no room for the sum.</summary>
    private static AggregationPlan? TryPlan(HePublicContext context, AggregationTerms terms, int clients, VectorForm uploadForm)
    {
        try
        {
            return PlanOf(context, terms, clients, uploadForm);
        }
        catch (PlanRefusedException)
        {
            return null;
        }
    }

    private static AggregationTerms With(AggregationTerms terms, TransferPrecision? precision)
        => new(terms.Layout, terms.Mask, terms.Weighting, terms.MaxWeight, precision);

    /// <summary>Returns whether rounding removes an error, given in units of a step.</summary>
    private static bool IsExact(double error) => error < 0.5;

    private static void CheckWeight(long maxWeight)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxWeight, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxWeight, AggregationTerms.LargestTotalWeight);
    }

    private static AggregationTerms TermsOf(ModelLayout layout, int bits)
    {
        // Averages over many clients need more digits than single precision has.
        var map = new ModelLayout(layout.Tensors
            .Where(tensor => tensor.IsAggregated)
            .Select(tensor => new TensorSpec(tensor.Name, ElementType.Float64, tensor.Shape.AsSpan(), Math.ScaleB(1, bits))));
        return new AggregationTerms(map, EncryptionMask.All(map), Weighting.Clear, maxWeight: 1);
    }
}
