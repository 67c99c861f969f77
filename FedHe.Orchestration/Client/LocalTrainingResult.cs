using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Metrics;
using FedHe.Orchestration.Privacy;

namespace FedHe.Orchestration.Client;

/// <summary>The result of local training.</summary>
/// <param name="Parameters">
/// The trained model; its floating values, or their differences to the model of the round, are encrypted, its buffers stay with the client. In a job of
/// distributed gradients it is the model of the round, at which the gradients were computed.
/// </param>
public sealed record LocalTrainingResult(ModelParameters Parameters)
{
    /// <summary>The sum of clipped gradients, in a job whose privacy terms are for distributed gradients; no other job uses it.</summary>
    public GradientSum? Gradient { get; init; }

    /// <summary>How the trainer trained, in a job whose privacy terms are for local DP-SGD; no other job uses it.</summary>
    public RecordTraining? Training { get; init; }

    /// <summary>
    /// The sum of the step sizes of all local steps, positive: K times eta for K steps of the size eta. A job with control terms needs it, of a trainer that added
    /// <see cref="Job.TrainingTask.Correction"/> to its gradient in every step and moved by steps times gradients alone; no other job uses it.
    /// </summary>
    public double? TotalStep { get; init; }

    /// <summary>
    /// What the trainer measured, such as accuracy and loss; null for nothing. No message of the protocol has it: a host keeps it, and sends it to the server in the clear
    /// only where its operator has asked for that.
    /// </summary>
    public RoundMetrics? Metrics { get; init; }
}
