using System.Collections.Immutable;
using System.Globalization;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Job;

/// <summary>
/// Correlation terms say how noise in shares is correlated over the rounds of a job, so that later rounds take back in part what earlier ones added (DP-FTRL, matrix
/// mechanism), and how seldom one unit of privacy takes part. Every part is stated; nothing has a default.
/// </summary>
/// <remarks>
/// <para>
/// A sequence has up to <see cref="Rounds"/> rounds in a row whose sums hold all clients of the roster. In its row r a client adds the sum of <see cref="Coefficients"/>[j] times the noise that it drew for row
/// r - j, and integers that are multiplied by <see cref="Denominator"/>. A whole sequence is one release, and each sum beside it is another.
/// </para>
/// <para>
/// <b>A sequence ends</b> with its last round; with a sum of fewer than all clients; and before a round that follows one without a sum, or an attempt beyond <see cref="Attempts"/>. The next sum begins
/// another one, which is paid for anew. All of this follows from the lists of contributors and the numbers of round and attempt, so all clients agree.
/// </para>
/// <para>
/// <b>Who takes part.</b> Units are dealt out to <see cref="Separation"/> parts, which take turns: see <see cref="PartOf"/>. A record is in the part that its place says
/// (<see cref="RecordPart"/>), and a client in the part of its place in the roster. A client in whose part a round is not adds its noise to zeros.
/// </para>
/// Sources: Denisov and others, NeurIPS 2022; Choquette-Choo and others, arXiv 2306.08153.
/// </remarks>
public sealed record CorrelationTerms
{
    /// <summary>The largest number of rounds of a sequence.</summary>
    public const int LargestRounds = 10_000;

    /// <summary>The largest number of coefficients.</summary>
    public const int LargestCoefficients = 1024;

    /// <summary>The largest <see cref="Attempts"/>.</summary>
    public const int LargestAttempts = 64;

    private const long SmallestDenominator = 1L << 1;
    private const long LargestDenominator = 1L << 18;

    private CorrelationTerms(ImmutableArray<long> coefficients, int rounds, int separation, int participations, int attempts)
    {
        Coefficients = coefficients;
        Rounds = rounds;
        Separation = separation;
        Participations = participations;
        Attempts = attempts;
    }

    /// <summary>The integers W, of which the first is the denominator.</summary>
    public ImmutableArray<long> Coefficients { get; }

    /// <summary>The common denominator D: clients multiply their integers by it, and the unit of the job's integers is so much finer.</summary>
    public long Denominator => Coefficients[0];

    /// <summary>The number of rounds of a sequence.</summary>
    public int Rounds { get; }

    /// <summary>The smallest distance b of two rounds in which the same unit takes part, which is the number of parts.</summary>
    public int Separation { get; }

    /// <summary>The largest number k of rounds of a sequence in which the same unit takes part.</summary>
    public int Participations { get; }

    /// <summary>
    /// The largest number of attempts at one round that go on with a sequence. Without a committee the sums of all of them may have been opened, and noise is planned for that; a later attempt begins another sequence. With a committee
    /// one sum of a round is ever opened, and attempts end no sequence.
    /// </summary>
    public int Attempts { get; }

    /// <summary>This method creates correlation terms from parts, and refuses a part that is missing, as it may be in a configuration.</summary>
    /// <param name="coefficients">
    /// The integers W, at most 1024 and at most one for each round. The first is the denominator, a power of two from 2 to 2^18; no other is of a larger magnitude, and the last is not 0.
    /// </param>
    /// <param name="rounds">The number of rounds of a sequence, 1 to 10,000.</param>
    /// <param name="separation">The smallest distance b of two rounds in which the same unit takes part, from 1 to the number of rounds.</param>
    /// <param name="participations">The number k of rounds in which a unit takes part at most: rounds / separation, rounded up, because parts take turns.</param>
    /// <param name="attempts">The number of attempts at one round that go on with a sequence, 1 to 64.</param>
    /// <exception cref="PrivacyRefusedException">A part is missing or out of range; the error names it.</exception>
    public static CorrelationTerms Create(IReadOnlyList<long>? coefficients, int? rounds, int? separation, int? participations, int? attempts)
    {
        var terms = new CorrelationTerms([.. coefficients ?? []], rounds ?? -1, separation ?? -1, participations ?? -1, attempts ?? -1);
        return terms.Check() is PrivacyRefusal refusal ? throw new PrivacyRefusedException(refusal) : terms;
    }

    /// <summary>Returns the part whose units take part in a round.</summary>
    /// <param name="round">The round, from 1.</param>
    /// <returns>The part of the round. Rounds of one sequence follow each other, so those with the same part are <see cref="Separation"/> apart or more.</returns>
    public RecordPart PartOf(int round) => new((round - 1) % Separation, Separation);

    /// <inheritdoc/>
    public bool Equals(CorrelationTerms? other) => other is not null
        && (Rounds, Separation, Participations, Attempts) == (other.Rounds, other.Separation, other.Participations, other.Attempts)
        && Coefficients.AsSpan().SequenceEqual(other.Coefficients.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rounds, Separation, Participations, Attempts, Coefficients.Length, Denominator);

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"correlated over sequences of {Rounds} rounds by {Coefficients.Length} coefficients over {Denominator}, in which each takes part at most {Participations} times and at least {Separation} rounds apart");

    internal void Write(WireWriter writer)
    {
        writer.WriteInt32(Rounds);
        writer.WriteInt32(Separation);
        writer.WriteInt32(Participations);
        writer.WriteInt32(Attempts);
        writer.WriteInt32(Coefficients.Length);
        foreach (long coefficient in Coefficients)
        {
            writer.WriteInt64(coefficient);
        }
    }

    internal static CorrelationTerms? Read(ref WireReader reader)
    {
        int rounds = reader.ReadInt32(1, LargestRounds);
        int separation = reader.ReadInt32(1, LargestRounds);
        int participations = reader.ReadInt32(1, LargestRounds);
        int attempts = reader.ReadInt32(1, LargestAttempts);
        var coefficients = ImmutableArray.CreateBuilder<long>();
        for (int count = reader.ReadInt32(1, LargestCoefficients); count > 0 && !reader.Failed; count--)
        {
            coefficients.Add(reader.ReadInt64(-LargestDenominator, LargestDenominator));
        }

        var terms = new CorrelationTerms(coefficients.ToImmutable(), rounds, separation, participations, attempts);
        reader.Require(reader.Failed || terms.Check() is null, FormatError.FieldOutOfRange);
        return reader.Failed ? null : terms;
    }

    private PrivacyRefusal? Check() => this switch
    {
        _ when Rounds is < 1 or > LargestRounds || Attempts is < 1 or > LargestAttempts => PrivacyRefusal.SequenceOutOfRange,
        _ when Separation < 1 || Separation > Rounds || Participations != (Rounds + Separation - 1) / Separation => PrivacyRefusal.ParticipationsOutOfRange,
        _ when Coefficients.Length < 1 || Coefficients.Length > Math.Min(Rounds, LargestCoefficients) || Coefficients[^1] == 0 => PrivacyRefusal.CoefficientsOutOfRange,
        _ when Denominator is < SmallestDenominator or > LargestDenominator || !long.IsPow2(Denominator) => PrivacyRefusal.CoefficientsOutOfRange,
        _ when Coefficients.Any(one => one < -Denominator || one > Denominator) => PrivacyRefusal.CoefficientsOutOfRange,
        _ => null,
    };
}
