using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;

namespace FedHe.Benchmarks.Rounds;

/// <summary>This class creates the measured round of a mode.</summary>
internal static class MeasuredRound
{
    public static IMeasuredRound Create(RoundOptions options, RoundParties parties, ModelParameters[] models, EncryptionMask mask)
        => options.Mode == RoundMode.RoundKeys ? WithRoundKeys(options, parties, models, mask) : new WholeRound(parties, models, mask);

    private static RoundKeyRound WithRoundKeys(RoundOptions options, RoundParties parties, ModelParameters[] models, EncryptionMask mask)
    {
        TransferPrecision? precision = options.Keys.Kind == KeysKind.Committee ? new TransferPrecision(options.Precision.Bits, options.Clients) : null;
        AggregationTerms terms = new(models[0].Layout, mask, Weighting.Clear, maxWeight: 1, precision);
        IRoundKeyParties keys = options.Keys.Kind == KeysKind.Committee
            ? new CommitteeParties(options.Keys, terms, models.Length, options.Threads)
            : new AuthorityParties(parties, terms, models.Length, options.Precision);
        return new RoundKeyRound(parties, keys, models, terms);
    }
}
