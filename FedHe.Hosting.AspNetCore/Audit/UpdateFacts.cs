using System.Globalization;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Optimizers;
using FedHe.MLBridge.Squeezing;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Job;

namespace FedHe.Hosting.AspNetCore.Audit;

/// <summary>Update facts say in an audit log what travels in the rounds of a job, and how it moves the model.</summary>
internal static class UpdateFacts
{
    /// <summary>Lists the facts about update terms; of what the terms do not have there is none.</summary>
    public static IEnumerable<AuditFact> Of(UpdateTerms update)
    {
        if (update.Optimizer is ServerOptimizer optimizer)
        {
            yield return new AuditFact("optimizer", optimizer.Kind.ToString());
            yield return Number("learningRate", optimizer.LearningRate);
        }

        if (update.Squeeze is SparsificationTerms squeeze)
        {
            yield return Number("squeezedTo", squeeze.Count);
            yield return Number("rotating", squeeze.RotatingCount);
            yield return Number("warmUpRounds", squeeze.WarmUpRounds);
        }

        if (update.Adapters is AdapterTerms adapters)
        {
            yield return new AuditFact("adapters", adapters.Mode.ToString());
        }

        if (update.Controls is ControlTerms controls)
        {
            yield return Number("controlBound", controls.Bound);
            yield return Number("globalStep", controls.GlobalStep);
        }

        if (update.Privacy is PrivacyTerms privacy)
        {
            yield return new AuditFact("privacy", privacy.ToString());
        }
    }

    private static AuditFact Number(string name, double value) => new(name, value.ToString("R", CultureInfo.InvariantCulture));
}
