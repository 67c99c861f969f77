using System.Buffers.Binary;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;

namespace FedHe.MLBridge.Squeezing;

/// <summary>
/// A squeeze pass is the second pass of DoubleSqueeze, which every holder of the key computes from opened averages: it remembers how fast each
/// value moved, and chooses the positions whose values travel next. It is immutable, tells of the averages, and is to be kept like the model.
/// </summary>
/// <remarks>
/// <para>
/// In the paper every worker sends its own largest values, and the server, which sees their sum, sends the largest of that. A server that sees
/// ciphertexts can do neither, and clients that sent different positions could not be added up. So all clients send the same positions, and the
/// opened average has no value that would have to be squeezed again. What is squeezed a second time is the forecast of the next average. A position
/// whose average was a, a rounds after the one before, is expected to gather |a|/age in each later round, because clients keep
/// what they do not send. The forecast of a round adds up until the position travels, which is the error feedback of this pass; the positions with
/// the largest forecasts travel.
/// </para>
/// <para>
/// Positions that never travelled have no forecast. A share of each round goes to those that have waited longest, in an order that a public seed
/// fixes, so every position travels again and again. Ties go to the smaller position. Equal averages give equal positions, bit for
/// bit: multiplications and divisions in single precision are all that is computed.
/// </para>
/// </remarks>
public sealed class SqueezePass
{
    private readonly SparsificationTerms _terms;
    private readonly ModelLayout _layout;
    private readonly ulong _seed;
    private readonly float[] _rates;
    private readonly int[] _latest;
    private readonly Lazy<EncryptionMask> _positions;

    private SqueezePass(SparsificationTerms terms, ModelLayout layout, ulong seed, int sums, float[] rates, int[] latest)
    {
        _terms = terms;
        _layout = layout;
        _seed = seed;
        SumCount = sums;
        _rates = rates;
        _latest = latest;
        _positions = new Lazy<EncryptionMask>(Choose);
    }

    /// <summary>The number of sums that were opened so far.</summary>
    public int SumCount { get; }

    /// <summary>What each value moved per round when it travelled last, in units of the model's values; 0 before the first time.</summary>
    public ReadOnlySpan<float> Rates => _rates;

    /// <summary>The number of the sum that each value travelled in last, from 1; 0 before the first time.</summary>
    public ReadOnlySpan<int> Latest => _latest;

    /// <summary>The digest of the positions that travel next, which covers the layout. The first ones are public; later ones tell of the averages.</summary>
    public Digest PositionsDigest => Positions.Digest;

    /// <summary>The terms that positions are chosen by.</summary>
    internal SparsificationTerms Terms => _terms;

    internal ModelLayout Layout => _layout;

    /// <summary>The positions that travel next, as the mask that encrypts them; what it leaves out does not travel at all.</summary>
    internal EncryptionMask Positions => _positions.Value;

    /// <summary>Creates the pass before the first sum.</summary>
    /// <param name="terms">The sparsification terms; the model has as many values or more.</param>
    /// <param name="layout">The layout of the model.</param>
    /// <param name="seed">The public seed of the order in which positions take turns, such as the digest of a job.</param>
    /// <exception cref="ArgumentException">More values are to travel than the model has.</exception>
    /// <exception cref="TooLongForMemoryException">The model has more values than an array.</exception>
    public static SqueezePass Initial(SparsificationTerms terms, ModelLayout layout, Digest seed)
    {
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(layout);
        return new SqueezePass(CheckFit(terms, layout), layout, SeedOf(seed), sums: 0, new float[layout.ToArrayLength()], new int[layout.ToArrayLength()]);
    }

    /// <summary>Creates a pass from what was kept of it, or returns null where no pass has these numbers.</summary>
    /// <param name="terms">The sparsification terms.</param>
    /// <param name="layout">The layout of the model.</param>
    /// <param name="seed">The seed that the first pass was created with.</param>
    /// <param name="sumCount">The number of sums that were opened, at least 0; another must still fit an integer.</param>
    /// <param name="rates">What each value moved per round.</param>
    /// <param name="latest">The number of the sum that each value travelled in last.</param>
    /// <exception cref="ArgumentException">More values are to travel than the model has.</exception>
    public static SqueezePass? TryCreate(
        SparsificationTerms terms, ModelLayout layout, Digest seed, int sumCount, ReadOnlySpan<float> rates, ReadOnlySpan<int> latest)
    {
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(layout);
        bool isPass = sumCount is >= 0 and < int.MaxValue && rates.Length == layout.ParameterCount && latest.Length == layout.ParameterCount;
        for (int i = 0; isPass && i < rates.Length; i++)
        {
            isPass = float.IsFinite(rates[i]) && !float.IsNegative(rates[i]) && latest[i] >= 0 && latest[i] <= sumCount && (latest[i] > 0 || rates[i] == 0);
        }

        return isPass ? new SqueezePass(CheckFit(terms, layout), layout, SeedOf(seed), sumCount, rates.ToArray(), latest.ToArray()) : null;
    }

    /// <summary>Returns the pass after the next sum.</summary>
    /// <param name="averages">The averages of the values that travelled, in their order and in units of their tensors' bounds.</param>
    internal SqueezePass Next(ReadOnlySpan<double> averages)
    {
        float[] rates = [.. _rates];
        int[] latest = [.. _latest];
        int sum = SumCount + 1;
        var cursor = new SqueezeCursor(_layout, Positions);
        for (int i = 0; i < averages.Length; i++)
        {
            int position = cursor.Next(out double bound);
            rates[position] = (float)Math.Min(float.MaxValue, Math.Abs(averages[i]) * bound) / (sum - latest[position]);
            latest[position] = sum;
        }

        return new SqueezePass(_terms, _layout, _seed, sum, rates, latest);
    }

    private EncryptionMask Choose()
    {
        var selected = new PositionSet(_rates.Length);
        MaskRange[] all = [new(0, _rates.Length)];
        int largest = SumCount < _terms.WarmUpRounds ? 0 : Math.Min(_terms.Count - _terms.RotatingCount, _rates.Count(static rate => rate > 0));
        TopSelection.Select(new ForecastRanking(_rates, _latest, SumCount + 1), all, largest, among: null, selected);
        TopSelection.Select(new WaitingRanking(selected, _latest, SumCount + 1, new RandomRanking(_seed)), all, _terms.Count - largest, among: null, selected);
        return new EncryptionMask(_layout, selected);
    }

    private static SparsificationTerms CheckFit(SparsificationTerms terms, ModelLayout layout)
        => terms.Count <= layout.ParameterCount ? terms : throw Throw.SqueezeDoesNotFit(nameof(terms));

    private static ulong SeedOf(Digest seed)
    {
        Span<byte> bytes = stackalloc byte[Digest.SizeInBytes];
        seed.CopyTo(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>A forecast ranking puts the positions first that are expected to have gathered most.</summary>
    private readonly struct ForecastRanking(float[] rates, int[] latest, int sum) : IRanking
    {
        // Floats that are not negative have the order of their bits.
        public uint this[long position] => BitConverter.SingleToUInt32Bits(rates[position] * (sum - latest[position]));
    }

    /// <summary>A waiting ranking puts the positions first that have waited longest, but for those that were selected before.</summary>
    private readonly struct WaitingRanking(PositionSet before, int[] latest, int sum, RandomRanking order) : IRanking
    {
        private const int OrderBits = 16;

        public uint this[long position] => before.Contains(position)
            ? 0
            : ((uint)Math.Min(sum - latest[position], ushort.MaxValue) << OrderBits) | (order[position] >> OrderBits);
    }
}
