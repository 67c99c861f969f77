using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FedHe.MLBridge.Squeezing;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Planning;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Headers;
using FedHe.Safetensors.Models;
using FedHe.Tool.Choices;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe plan</c>: what a job would cost and how exact it would be, before anybody makes a key.</summary>
internal static class PlanCommand
{
    public static Command Describe(CommandScope scope)
    {
        var model = new ModelOptions();
        var job = new JobOptions();
        Option<int> clients = JobOptions.Ranged("--clients", "Number of clients on the roster.", 3, 2, 100_000);
        var command = new Command("plan", "Say what a job would cost and how exact its averages would be. Nothing is written.");
        command.Options.Add(clients);
        model.AddTo(command);
        job.AddTo(command);
        return scope.Define(command, (parsed, report) =>
        {
            using SafetensorsCheckpoint checkpoint = model.Open(parsed);
            SafetensorsModel described = model.Read(parsed, checkpoint);
            (KeyPlan keys, FederationJob planned, FederationPlan plan) = JobMaker.Plan(job.Read(parsed), parsed.GetValue(clients), described.ReadParameters());
            Write(report, described, keys, planned, plan);
            return ExitCodes.Done;
        });
    }

    /// <summary>Writes the plan of a job, for its description too.</summary>
    public static void Write(Report report, SafetensorsModel model, KeyPlan keys, FederationJob job, FederationPlan plan)
    {
        WriteTensors(report, model);
        report.Set("clientsPerRound", job.Settings.ClientsPerRound).Set("rounds", job.Settings.Rounds).Set("quorum", job.Settings.Quorum)
            .Set("uploadBytes", plan.LargestUploadBytes).Set("aggregateBytes", plan.LargestAggregateBytes)
            .Set("precisionBits", plan.SmallestPrecisionBits).Set("largestError", plan.LargestErrorBound)
            .Set("keys", keys.IsCommittee ? "committee" : "authority").Set("members", job.Committee?.Members.Length).Set("threshold", job.Committee?.Threshold)
            .Set("corrupt", job.Committee?.Corrupt).Set("keysReason", keys.Reason).Set("remarks", plan.Remarks)
            .Line(string.Create(
                CultureInfo.InvariantCulture,
                $"A round of {job.Settings.ClientsPerRound} clients, {job.Settings.Quorum} at least: each sends {Bytes(plan.LargestUploadBytes)} and receives {Bytes(plan.LargestAggregateBytes)}."))
            .Line(string.Create(
                CultureInfo.InvariantCulture,
                $"The average has {plan.SmallestPrecisionBits:F1} bits of precision; no value is off by more than {plan.LargestErrorBound:G3}."))
            .Line($"Keys: {keys.Reason}");
        if (job.Update.Privacy is PrivacyTerms terms)
        {
            // The remarks of the plan say the promise.
            PrivacyWords.Set(terms, report);
        }

        if (job.Update.Squeeze is SparsificationTerms squeeze)
        {
            report.Set("squeeze", squeeze.Count).Line(string.Create(CultureInfo.InvariantCulture, $"Squeeze: {squeeze.Count} of {job.Terms.Layout.ParameterCount} values travel in a round."));
        }

        if (job.Update.Adapters is AdapterTerms adapters)
        {
            report.Set("adapters", adapters.Mode.ToString()).Line($"Adapters: {HalvesOf(adapters.Mode)}");
        }

        foreach (string remark in plan.Remarks)
        {
            report.Line($"Note: {remark}");
        }
    }

    private static void WriteTensors(Report report, SafetensorsModel model)
    {
        report.Set("parameters", model.Layout.ParameterCount)
            .Set("averaged", model.Layout.Tensors.Select(one => one.Name))
            .Set("local", new JsonArray([.. model.Local.Select(one => (JsonNode)new JsonObject
            {
                ["name"] = one.Name, ["dtype"] = one.Dtype.FormatName(), ["reason"] = one.Reason.ToString(),
            })]))
            .Line(string.Create(CultureInfo.InvariantCulture, $"{model.Layout.Tensors.Length} tensors with {model.Layout.ParameterCount} values are averaged."));
        foreach (LocalTensor local in model.Local)
        {
            report.Line($"Local: {local.Name} ({local.Dtype.FormatName()}, {local.Reason})");
        }
    }

    private static string HalvesOf(AdapterMode mode) => mode switch
    {
        AdapterMode.Alternating => "B moves in rounds 1, 3, 5 and so on, A in the others.",
        AdapterMode.FreezeA => "B moves, and A stays as it is.",
        _ => "both halves move, and the product of their averages is not the average of their products.",
    };

    private static string Bytes(long bytes) => bytes < 10_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0##} MB");
}
