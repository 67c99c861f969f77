using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server.Openings;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Updates;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// A stolen sum is what a server has in league with a client: the weighted sum of the models on a list, and by how much it can be wrong. Colluders keep
/// none of the rules that honest clients keep beside the answers and the tags, and subtract what they know.
/// </summary>
/// <param name="Values">The weighted sum of the models.</param>
/// <param name="Error">The bound of its error.</param>
internal sealed record StolenSum(double[] Values, double Error)
{
    /// <summary>Opens a sum with answers of members, with the keys that every client has, or returns null and the reason why it cannot.</summary>
    public static StolenSum? TryOpen(CommitteeLab lab, Opening opening, IEnumerable<RelayedAnswer> answers, out IgnoredReason? reason)
    {
        var client = new RoundKeyExchange(lab.Bench.ClientSetup(0));
        AveragedModel? opened = null;
        reason = client.TryOpenAgain(
            lab.AggregateOf(opening, [.. answers]), (decryptor, aggregate, _) => opened = decryptor.Decrypt(aggregate, lab.Bench.InitialModel));
        return opened is null ? null : Of(opened, opening.List.Contributors.Sum(one => FactorOf(one, opening.List)));
    }

    /// <summary>Returns the sum behind an average.</summary>
    public static StolenSum Of(AveragedModel average, double total)
        => new([.. TestModel.Flat(average.Parameters).Select(value => value * total)], average.MaxErrorBound * total);

    /// <summary>Returns the factor of a contributor on a list.</summary>
    public static double FactorOf(Contributor contributor, ContributorList list) => Math.Min(1, contributor.Weight / (double)list.ReferenceWeight);

    /// <summary>Subtracts another sum.</summary>
    public StolenSum Less(StolenSum other) => new([.. Values.Zip(other.Values, (mine, its) => mine - its)], Error + other.Error);

    /// <summary>Subtracts a model that the colluders know.</summary>
    public StolenSum Less(ModelParameters model, double factor) => Less(new StolenSum([.. TestModel.Flat(model).Select(value => factor * value)], 0));

    /// <summary>Returns whether what is left is one client's model.</summary>
    public bool Is(ModelParameters model, double factor)
        => Values.Zip(TestModel.Flat(model), (value, wanted) => Math.Abs(value - (factor * wanted))).All(error => error <= Error);
}
