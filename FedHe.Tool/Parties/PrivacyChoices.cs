using FedHe.Orchestration.Job;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Federation;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;

namespace FedHe.Tool.Parties;

/// <summary>What the authority's operator decides about the privacy terms of a job.</summary>
/// <param name="Promise">What is promised to every client.</param>
/// <param name="Dropouts">The clients that may drop out of a round, or null for as many as the quorum permits.</param>
/// <param name="Colluders">The contributors that may collude, or null for as many as members of the committee may.</param>
/// <param name="Sums">The sums that the budget must suffice for, or null for the rounds.</param>
internal sealed record PrivacyChoices(ClientPromise Promise, int? Dropouts, int? Colluders, int? Sums)
{
    /// <summary>Returns the smallest number of contributors whose sum may be opened.</summary>
    /// <param name="clients">The clients that a round asks.</param>
    /// <param name="quorum">The quorum that was chosen, or null.</param>
    /// <exception cref="ToolException">Quorum and dropouts contradict each other.</exception>
    public int QuorumOf(int clients, int? quorum) => (Dropouts, quorum) switch
    {
        (int dropouts, int least) when least != clients - dropouts => throw ToolException.Refused(
            $"--quorum {least} lets {clients - least} of {clients} clients drop out, and --dropouts plans for {dropouts}. Write --dropouts {clients - least}, or leave one of them out."),
        (int dropouts, _) => clients - dropouts,
        _ => quorum ?? clients,
    };

    /// <summary>Plans the update terms of a job.</summary>
    /// <param name="parameters">The number of the model's values.</param>
    /// <param name="settings">The settings of the job.</param>
    /// <param name="committee">The committee that opens sums, or null where the authority's key does.</param>
    public UpdateTerms Plan(int parameters, FederationSettings settings, CommitteeTerms? committee) => ClientPrivacyPlan.Create(
        PrivacyBudget.ForClients(Promise.Epsilon, Promise.Delta, Promise.Clip),
        NoiseMechanism.Skellam,
        parameters,
        Sums ?? settings.Rounds,
        settings.ClientsPerRound,
        settings.ClientsPerRound - settings.Quorum,
        Colluders ?? committee?.Corrupt ?? 1);

    /// <summary>Makes the provider of a client that made a promise; null for a client that made none.</summary>
    public static ClientPrivacy? ProviderOf(ClientPromise? promise) => promise is null
        ? null
        : new ClientPrivacy(PrivacyBudget.ForClients(promise.Epsilon, promise.Delta, promise.Clip)) { LeastColluders = promise.Colluders };
}
