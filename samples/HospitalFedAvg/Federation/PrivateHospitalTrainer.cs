using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.PrivateTraining;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Ledgers;
using HospitalFedAvg.Data;
using HospitalFedAvg.Privacy;

namespace HospitalFedAvg.Federation;

/// <summary>
/// A private hospital trainer trains by local DP-SGD, so that every model that leaves the hospital protects each of its records by the hospital's own
/// noise, whoever else takes part.
/// </summary>
internal sealed class PrivateHospitalTrainer(
    ClientId hospital, Dataset share, Model architecture, ModelBridge bridge, RecordPlan plan, UpdateLog log) : ILocalTrainer
{
    private PrivacyException? _refusal;

    /// <summary>The weight of every hospital; a number of records would tell of them.</summary>
    /// <exception cref="PrivacyException">The budget is spent, and the hospital stays away.</exception>
    public long SampleCount => _refusal is null ? 1 : throw _refusal;

    public ClientId Hospital => hospital;

    /// <summary>The hospital's ledger.</summary>
    public PrivacyAccountant Accountant { get; } = new(plan.Budget, RecordPlan.Method);

    /// <summary>Whether a training was refused because it would have exceeded the budget.</summary>
    public bool HasStopped => _refusal is not null;

    /// <inheritdoc/>
    /// <exception cref="PrivacyException">The round would cost more than what is left of the budget; no record was looked at.</exception>
    public Task<LocalTrainingResult> TrainAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        Charge($"round {task.Round}, attempt {task.Attempt}");
        Model model = architecture.Clone();
        ModelBridge.Import(globalModel, model);
        var training = new LocalDpSgd(
            model,
            share,
            new LocalDpSgdOptions
            {
                Sampling = plan.Sampling,
                Clipping = plan.Clipping,
                Divisor = task.Training.BatchSize,
                LearningRate = (float)task.Training.LearningRate,
                ProximalTerm = (float)task.Training.ProximalMu,
                DegreeOfParallelism = Environment.ProcessorCount,
            },
            plan.Noise);
        plan.Require(training.Run(plan.StepsPerRound, cancellationToken));
        ModelParameters trained = bridge.Export(model, out int clamped);
        log.Record(hospital, new UpdateLog.Entry(trained, Math.Min(1, task.WeightLimit), clamped));
        return Task.FromResult(new LocalTrainingResult(trained));
    }

    /// <summary>Records what a training costs before it begins: one that fails or is overtaken has drawn noise, and its cost stays.</summary>
    private void Charge(string purpose)
    {
        try
        {
            Accountant.Spend(purpose, plan.Step, plan.StepsPerRound);
        }
        catch (PrivacyException refusal) when (refusal.Error == PrivacyError.BudgetExceeded)
        {
            _refusal = refusal;
            throw;
        }
    }
}
