using FedHe.Hosting.Errors;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;

namespace FedHe.Hosting.Clients;

/// <summary>A federated model is the global model of a client after a round, for the application that uses it.</summary>
/// <param name="Round">The round of the model.</param>
/// <param name="Model">The values of the model. Where the client's models are in files it can be read until the receiver has returned.</param>
/// <param name="MaxErrorBound">The largest difference of a value to exact averaging, in units of the value; 0 for a model that was restored as the initial one.</param>
/// <param name="Release">Who may have the model.</param>
/// <param name="Outcome">The outcome of the job once it has ended and the model is its last one; null before.</param>
public sealed record FederatedModel(int Round, IFlatModel Model, double MaxErrorBound, ModelRelease Release, FederationOutcome? Outcome)
{
    /// <summary>The model with the buffers of its client, in memory.</summary>
    /// <exception cref="InvalidOperationException">The client's models are in files: read <see cref="Model"/>.</exception>
    public ModelParameters Parameters => Model as ModelParameters ?? throw Throw.ModelIsInAFile();

    /// <summary>What the sums of the job have cost up to the model, as this client counts it; null for a job without privacy terms.</summary>
    public PrivacySpending? Privacy { get; init; }

    /// <summary>Describes the model without its values.</summary>
    public override string ToString() => $"round {Round}, {Release}, {Outcome?.ToString() ?? "not the last"}";
}
