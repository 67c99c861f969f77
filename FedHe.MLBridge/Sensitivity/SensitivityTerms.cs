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
/// How clients add their sensitivity maps up without showing them: each map as whole numbers from 0 to 2^<see cref="Bits"/>,
/// encrypted like a model and summed with weight 1. Few enough bits that every key holder finds exactly the same sum,
/// whatever the noise. Public and immutable.
/// </summary>
/// <remarks>Source: FedML-HE, section 2.4 step 2, with the selection on decrypted integers instead of ciphertexts.</remarks>
public sealed class SensitivityTerms
{
    /// <summary>The most bits of a quantised sensitivity.</summary>
    public const int MostBits = 20;

    /// <summary>The fewest bits: with less, ties instead of sensitivity would decide.</summary>
    public const int LeastBits = 8;

    private SensitivityTerms(ModelLayout layout, long maxWeight, int bits, AggregationTerms terms)
    {
        Layout = layout;
        MaxWeight = maxWeight;
        Bits = bits;
        Terms = terms;
    }

    /// <summary>The model that the maps are of.</summary>
    public ModelLayout Layout { get; }

    /// <summary>The weight that counts fully; a client of less counts for its share of it.</summary>
    public long MaxWeight { get; }

    /// <summary>Bits b of a quantised sensitivity: the bound of the tensors in <see cref="Terms"/> is 2^b.</summary>
    public int Bits { get; }

    /// <summary>
    /// The terms of the aggregation: the model's floating tensors, all encrypted, one step a unit. Their precision leaves
    /// out as many low bits as the sum stays exact without.
    /// </summary>
    public AggregationTerms Terms { get; }

    /// <summary>
    /// Chooses the most bits with which the sum is certain to be exact after rounding, and then the fewest on the wire.
    /// </summary>
    /// <param name="context">Scheme and parameters.</param>
    /// <param name="layout">The model.</param>
    /// <param name="clients">The largest number of clients, at least 1.</param>
    /// <param name="maxWeight">Largest weight of one client, 1 to <see cref="AggregationTerms.LargestTotalWeight"/>.</param>
    /// <param name="uploadForm">Full (public-key encryption) or seeded (secret-key encryption).</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of clients or the weight is out of range.</exception>
    /// <exception cref="PlanRefusedException">
    /// The sum does not fit, or it would be exact with fewer than <see cref="LeastBits"/> bits only.
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

    /// <summary>Understands terms that another party made with <see cref="Create"/>.</summary>
    /// <param name="terms">The terms of the aggregation.</param>
    /// <param name="layout">The model.</param>
    /// <param name="maxWeight">Largest weight of one client.</param>
    /// <exception cref="HeMismatchException">The terms are not those of sensitivity maps of this model.</exception>
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
    /// Makes a map ready for encryption: divided by its mean, so that no client's scale decides, cut off at 2^(b/2) times
    /// that, weighed, and rounded to whole numbers.
    /// </summary>
    /// <param name="map">The client's map. The result refers to it and computes its values when they are read.</param>
    /// <param name="weight">The client's weight, usually its number of samples: 1 to <see cref="MaxWeight"/>.</param>
    /// <returns>A model of the layout of <see cref="Terms"/>. It depends on the client's data: it leaves encrypted only.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The weight is out of range.</exception>
    /// <exception cref="HeMismatchException">The map is of another model.</exception>
    public IFlatModel Quantize(SensitivityMap map, long weight)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentOutOfRangeException.ThrowIfLessThan(weight, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weight, MaxWeight);
        return map.Layout.Digest == Layout.Digest
            ? new QuantizedSensitivity(Terms.Layout, map, (double)weight / MaxWeight, Bits)
            : throw Throw.LayoutMismatch();
    }

    /// <summary>Finds the sum of the quantised maps from their decrypted average. For key holders.</summary>
    /// <param name="average">The average, decrypted under <see cref="Terms"/>.</param>
    /// <exception cref="HeMismatchException">The average was made under other terms.</exception>
    /// <exception cref="HeCapacityException">
    /// The error of the sum reaches half a step, so that two parties might find different numbers; or all numbers are zero.
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

        var integers = new uint[Layout.ParameterCount];
        int position = 0;
        bool isZero = true;
        foreach (TensorSpec tensor in Terms.Layout.Tensors)
        {
            foreach (double value in average.Parameters.Get<double>(tensor.Name))
            {
                // Only a client that lies can bring a sum below zero.
                uint integer = (uint)Math.Clamp(Math.Round(value * average.Contributions), 0, uint.MaxValue);
                isZero &= integer == 0;
                integers[position++] = integer;
            }
        }

        return isZero ? throw Throw.SensitivityVanishes() : new GlobalSensitivity(Layout, integers);
    }

    /// <summary>
    /// Adds the least precision with which the bound on the sum's error, what is left out included, stays below half a step;
    /// none where that makes nothing shorter.
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

    /// <summary>The plan, or null where what is left out leaves no room for the sum.</summary>
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

    /// <summary>Whether rounding takes an error away, in units of a step.</summary>
    private static bool IsExact(double error) => error < 0.5;

    private static void CheckWeight(long maxWeight)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxWeight, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxWeight, AggregationTerms.LargestTotalWeight);
    }

    private static AggregationTerms TermsOf(ModelLayout layout, int bits)
    {
        // Averages of many clients need more digits than single precision has.
        var map = new ModelLayout(layout.Tensors
            .Where(tensor => tensor.IsAggregated)
            .Select(tensor => new TensorSpec(tensor.Name, ElementType.Float64, tensor.Shape.AsSpan(), Math.ScaleB(1, bits))));
        return new AggregationTerms(map, EncryptionMask.All(map), Weighting.Clear, maxWeight: 1);
    }
}
