using System.Numerics;
using FedHe.Crypto.Ckks.Threshold.Parameters;

namespace FedHe.Crypto.Ckks.Threshold.Opening;

/// <summary>A party set names the parties that open a vector together, by their numbers from 1 to 64.</summary>
public readonly record struct PartySet
{
    private readonly ulong _bits;

    /// <summary>Creates a set of parties.</summary>
    /// <param name="parties">The numbers of the parties, in any order, each once.</param>
    /// <exception cref="ArgumentException">A number is out of range or occurs twice.</exception>
    public PartySet(params ReadOnlySpan<int> parties)
    {
        foreach (int party in parties)
        {
            if (party is < 1 or > ThresholdRequirements.MostParties || Contains(party))
            {
                throw new ArgumentException("A set has every party once, by a number from 1 to 64.", nameof(parties));
            }

            _bits |= BitOf(party);
        }
    }

    private PartySet(ulong bits) => _bits = bits;

    /// <summary>The number of parties.</summary>
    public int Count => BitOperations.PopCount(_bits);

    /// <summary>The numbers of the parties in ascending order.</summary>
    internal IEnumerable<int> Parties => Enumerable.Range(1, ThresholdRequirements.MostParties).Where(Contains);

    /// <summary>The set as bits, the lowest for party 1.</summary>
    internal ulong Bits => _bits;

    /// <summary>Tells whether a party is in the set.</summary>
    /// <param name="party">The number of the party.</param>
    public bool Contains(int party) => party is >= 1 and <= ThresholdRequirements.MostParties && (_bits & BitOf(party)) != 0;

    /// <summary>Returns the numbers of the parties.</summary>
    public override string ToString() => string.Join(", ", Parties);

    internal static PartySet FromBits(ulong bits) => new(bits);

    /// <summary>Tells whether the set can open vectors: as many parties as are needed, none beyond the last.</summary>
    internal bool Fits(ThresholdParameters parameters)
        => Count == parameters.Threshold && Parties.All(party => party <= parameters.Parties);

    private static ulong BitOf(int party) => 1UL << (party - 1);
}
