using System.Globalization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Federation;
using FedHe.Privacy.Ledgers;

namespace HospitalFedAvg.Privacy;

/// <summary>A client plan says what is promised to every hospital, with which noise, and which hospitals the noise reckons with.</summary>
internal sealed class ClientPlan
{
    /// <summary>To whom the job promises, and against whom the promise holds.</summary>
    public const string PromisedTo = "every hospital with all of its records, against everybody who sees the averages of all rounds: where a committee opens sums, also "
        + "against the server and the planned number of colluding hospitals together; where hospitals share a key, only while the server follows the protocol and no hospital sees uploads";

    private readonly int _rounds;

    private ClientPlan(PrivacyBudget budget, UpdateTerms update, int rounds)
    {
        Budget = budget;
        Update = update;
        _rounds = rounds;
        Provider = new ClientPrivacy(budget);
    }

    /// <summary>What every hospital promises to be hidden by.</summary>
    public PrivacyBudget Budget { get; }

    /// <summary>The update terms of the job.</summary>
    public UpdateTerms Update { get; }

    /// <summary>The terms of the promise.</summary>
    public PrivacyTerms Terms => Update.Privacy!;

    /// <summary>The provider of every hospital.</summary>
    public ClientPrivacy Provider { get; }

    /// <summary>A ledger without a release.</summary>
    public PrivacyAccountant EmptyLedger => new(Budget, CompositionMethod.Renyi);

    /// <summary>Plans so much noise that all rounds fit the budget.</summary>
    /// <param name="options">The options, with a promise to hospitals.</param>
    /// <param name="promise">The promise.</param>
    /// <param name="parameters">The number of the model's parameters.</param>
    public static ClientPlan Create(SampleOptions options, PrivacyOptions promise, int parameters)
    {
        PrivacyBudget budget = PrivacyBudget.ForClients(promise.Epsilon, promise.Delta, promise.Clip);
        int dropouts = promise.Dropouts ?? (options.Dropout > 0 ? Math.Max(1, options.Clients / 4) : 0);
        int colluders = promise.Colluders ?? (options.KeyPlan.IsCommittee ? options.KeyPlan.TermsOf(Names(options.Clients)).Corrupt : 1);
        UpdateTerms update = ClientPrivacyPlan.Create(
            budget, NoiseMechanism.Skellam, parameters, options.Rounds, options.Clients, dropouts, colluders);
        return new ClientPlan(budget, update, options.Rounds);
    }

    public IEnumerable<(string Name, string Value)> Lines()
    {
        PrivacyTerms terms = Terms;
        IntegerTerms integers = Update.Integers!;
        int counted = terms.Contributors - terms.Dropouts - terms.Colluders;
        yield return ("privacy", Invariant(
            $"unit Client: epsilon {terms.Epsilon} at delta {terms.Delta} for every hospital with all of its records, by noise that hospitals share inside the ciphertexts"));
        yield return ("neighbors", "one hospital's difference more or less; who takes part is public");
        yield return ("noise", Invariant(
            $"{terms.Mechanism} noise of standard deviation {Math.Sqrt(terms.Variance) * integers.Step / terms.Clip:G5} clips in every sum, differences clipped at {terms.Clip}; planned for {_rounds} rounds"));
        yield return ("shares", Invariant(
            $"each of {terms.Contributors} hospitals adds 1/{counted} of the variance: {terms.Dropouts} may drop out and {terms.Colluders} may collude, which costs {(double)terms.Contributors / counted:F2} times the variance; a sum of fewer than {terms.SmallestContributors} is not opened"));
        yield return ("integers", Invariant(
            $"differences travel as integers of the step {integers.Step:G5} up to {integers.Bound}, and their sums are exact"));
        yield return ("not private", "plaintext accuracy and the difference to it, which are shown for comparison alone");
        yield return ("not promised", "held-out samples, which scale the features and measure accuracy, and the columns and classes of the data are taken as public");
    }

    private static IEnumerable<ClientId> Names(int clients) => Enumerable.Range(1, clients).Select(number => new ClientId($"hospital-{number}"));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
