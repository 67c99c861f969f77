using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;

namespace FedHe.Benchmarks.Rounds;

/// <summary>This class creates the measured round of a mode.</summary>
internal static class MeasuredRound
{
    public static IMeasuredRound Create(RoundOptions options, RoundParties parties, ModelParameters[] models, EncryptionMask mask)
        => options.Mode == RoundMode.RoundKeys
            ? new RoundKeyRound(parties, models, mask, options.Precision)
            : new WholeRound(parties, models, mask);
}
