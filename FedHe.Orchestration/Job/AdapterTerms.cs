using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Adapters;

namespace FedHe.Orchestration.Job;

/// <summary>
/// Adapter terms say how a job averages adapters (LoRA), whose halves A and B multiply. A sum of products cannot be made by additions of A and of B, so a round
/// moves one half while all clients keep the other, the same one: then the average of the halves that move gives the average of the products.
/// </summary>
/// <remarks>
/// Values of the half that a round keeps do not travel in it, and a client whose trainer changed one sends nothing. Adapters tell the text that they were trained on
/// (arXiv 2601.17533), so that a job encrypts them whole unless <see cref="InsecureAllowsClearValues"/> is set.
/// </remarks>
public sealed record AdapterTerms
{
    private AdapterTerms(AdapterMode mode) => Mode = mode;

    /// <summary>The terms under which B moves and A stays as the initial model has it.</summary>
    /// <remarks>
    /// Choose A at random and B as zeros, as adapters begin. Source: Sun and others, "Improving LoRA in Privacy-preserving Federated Learning", ICLR 2024 (FFA-LoRA).
    /// </remarks>
    public static AdapterTerms FreezeA { get; } = new(AdapterMode.FreezeA);

    /// <summary>The terms under which B moves in rounds 1, 3, 5 and so on, and A in the others. Updates are differences.</summary>
    /// <remarks>
    /// The first round moves B, because A has no gradient while B is zero. Source: Chen and others, "Robust Federated Finetuning of LLMs via
    /// Alternating Optimization of LoRA", NeurIPS 2025, arXiv 2502.01755 (RoLoRA).
    /// </remarks>
    public static AdapterTerms Alternating { get; } = new(AdapterMode.Alternating);

    /// <summary>
    /// The terms under which both halves move in every round, for comparisons. Warning: the product of the averages is not the average of the products, and the gap
    /// grows with the differences between clients' data. <see cref="NaiveAdapterAverage.Measure"/> measures it where one party has all clients' adapters, as in a
    /// simulation; in a job nobody has them.
    /// </summary>
    public static AdapterTerms NaiveAveraging { get; } = new(AdapterMode.NaiveAveraging);

    /// <summary>Which half moves in which round.</summary>
    public AdapterMode Mode { get; }

    /// <summary>
    /// Whether the mask of the job may leave values of adapters in clear. Adapters give training text back to everybody who reads them, and the server reads what is in clear.
    /// Every party must allow it as well, by <see cref="FederationSafety.AllowInsecure"/>.
    /// </summary>
    public bool InsecureAllowsClearValues { get; init; }

    /// <summary>Returns the half that moves in a round, or null where both do.</summary>
    /// <param name="round">The round, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The round is not positive.</exception>
    public AdapterHalf? MovingIn(int round)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(round);
        return Mode switch
        {
            AdapterMode.FreezeA => AdapterHalf.B,
            AdapterMode.Alternating => round % 2 == 1 ? AdapterHalf.B : AdapterHalf.A,
            _ => null,
        };
    }

    /// <summary>The kinds of rounds that take turns, by the half that moves in each.</summary>
    internal AdapterHalf?[] Turns => Mode == AdapterMode.Alternating ? [MovingIn(1), MovingIn(2)] : [MovingIn(1)];

    internal void Write(WireWriter writer)
    {
        writer.WriteByte((byte)Mode);
        writer.WriteByte((byte)(InsecureAllowsClearValues ? 1 : 0));
    }

    internal static AdapterTerms? Read(ref WireReader reader)
    {
        var mode = (AdapterMode)reader.ReadByte();
        byte allowsClear = reader.ReadByte();
        reader.Require(Enum.IsDefined(mode) && allowsClear <= 1, FormatError.FieldOutOfRange);
        return reader.Failed ? null : new AdapterTerms(mode) { InsecureAllowsClearValues = allowsClear == 1 };
    }
}
