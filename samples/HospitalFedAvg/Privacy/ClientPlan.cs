using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Federation;
using FedHe.Privacy.Ledgers;

namespace HospitalFedAvg.Privacy;

/// <summary>A client plan hides every hospital with all of its records, by noise that hospitals share inside the ciphertexts.</summary>
internal sealed class ClientPlan : PrivacyPlan
{
    private readonly int _rounds;

    private ClientPlan(PrivacyBudget budget, UpdateTerms update, int rounds)
        : base(budget, update)
    {
        _rounds = rounds;
        Provider = new ClientPrivacy(budget);
    }

    public override IPrivacyProvider Provider { get; }

    public override string PromisedTo => "every hospital with all of its records, against everybody who sees the averages of all rounds: where a committee opens sums, also "
        + "against the server and the planned number of colluding hospitals together; where hospitals share a key, only while the server follows the protocol and no hospital sees uploads";

    /// <summary>Plans so much noise that all rounds fit the budget.</summary>
    /// <param name="options">The options.</param>
    /// <param name="promise">The promise.</param>
    /// <param name="parameters">The number of the model's parameters.</param>
    public static ClientPlan Create(SampleOptions options, PrivacyOptions promise, int parameters)
    {
        PrivacyBudget budget = PrivacyBudget.ForClients(promise.Epsilon, promise.Delta, promise.Clip);
        (int dropouts, int colluders) = PartiesOf(options, promise);
        UpdateTerms update = ClientPrivacyPlan.Create(
            budget,
            NoiseMechanism.Skellam,
            parameters,
            options.Rounds,
            options.Clients,
            dropouts,
            colluders,
            new ClientPrivacyParts
            {
                AdaptiveClip = promise.FollowsMedian ? ClientPrivacyPlan.UsualAdaptiveClip(options.Clients, dropouts, colluders) : null,
                Rotation = promise.Rotates ? ClientPrivacyPlan.UsualRotation : null,
            });
        return new ClientPlan(budget, update, options.Rounds);
    }

    public override PrivacyAccountant AccountantOf(FederationJob job, PrivacySpending spending) => ClientPrivacy.AccountantOf(job, spending);

    public override IEnumerable<(string Name, string Value)> Lines()
    {
        IntegerTerms integers = Update.Integers!;
        yield return ("privacy", Invariant(
            $"unit Client: epsilon {Terms.Epsilon} at delta {Terms.Delta} for every hospital with all of its records, by noise that hospitals share inside the ciphertexts"));
        yield return ("neighbors", "one hospital's difference more or less; who takes part is public");
        yield return ("noise", Invariant(
            $"{Terms.Mechanism} noise of standard deviation {Math.Sqrt(Terms.Variance) * integers.Step / Terms.Clip:G5} clips in every sum, differences clipped at {Terms.Clip}; planned for {_rounds} rounds"));
        yield return ("shares", Shares);
        if (Terms.AdaptiveClip is AdaptiveClipTerms clip)
        {
            yield return ("adaptive clip", Invariant(
                $"from the second round on the clip follows the norm that {clip.Quantile:P0} of the hospitals keep, by one noisy bit of each hospital a round, which is paid for; noise and step are multiplied with the clip"));
        }

        if (Terms.Rotation is not null)
        {
            yield return ("rotation", "differences are rotated by public random signs before rounding, so that no coordinate is large");
        }

        yield return ("integers", Invariant(
            $"differences travel as integers of the step {integers.Step:G5} up to {integers.Bound}, and their sums are exact"));
        yield return ("not private", "plaintext accuracy and the difference to it, which are shown for comparison alone");
        yield return ("not promised", "held-out samples, which scale the features and measure accuracy, and the columns and classes of the data are taken as public");
    }
}
