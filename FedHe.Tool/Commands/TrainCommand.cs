using System.CommandLine;
using System.Globalization;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Tool.Choices;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;
using FedHe.Tool.Training;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe train</c> and <c>fedhe encrypt</c>: a client answers an invitation with an encrypted update.</summary>
internal static class TrainCommand
{
    public static Command DescribeTrain(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder of a client.");
        var exec = new Option<string>("--exec")
        {
            Description = "Training command, without a shell. It reads the model at FEDHE_GLOBAL_MODEL and the JSON file FEDHE_TASK, writes the trained model to "
                + "FEDHE_LOCAL_MODEL and, if it likes, a JSON object to FEDHE_METRICS; {global}, {task}, {local} and {metrics} in its words stand for the same paths. "
                + "Lines 'fedhe-progress 0.5' move the progress bar.",
            Required = true,
        };
        Option<double> timeout = JobOptions.Ranged("--timeout", "Seconds after which the training command is stopped, with the processes below it.", 86_400, 0.001, 4_000_000.0);
        Option<bool> clamp = Clamp();
        var command = new Command("train", "Let a training command answer the invitation in the inbox, and encrypt the model that it writes.") { folder, exec, timeout, clamp };
        return scope.Define(command, async (parsed, report, cancellationToken) =>
        {
            IReadOnlyList<string> words = CommandWords.Split(parsed.GetValue(exec)!);
            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder party = PartyFolder.Open(parsed.GetValue(folder)!.FullName, PartyRole.Client);
            ClientParty? client = null;
            var trainer = new ExecTrainer(
                words,
                party.Location,
                party.Notes.Name,
                party.Notes.Samples,
                TimeSpan.FromSeconds(parsed.GetValue(timeout)),
                (path, model) => client!.WriteModel(path, model));
            using (client = ClientParty.Open(party, protector, trainer, parsed.GetValue(clamp) ? BoundPolicy.Clamp : BoundPolicy.Refuse))
            {
                await scope.Console.WithProgressAsync("Training", async progress =>
                {
                    trainer.Progress = progress;
                    await HandleAsync(client, cancellationToken);
                    return 0;
                });
                if (trainer.Lost.Count > 0)
                {
                    scope.Console.Errors.WriteLine($"fedhe: {LocalModel.LostText(trainer.Lost)}");
                }

                if (trainer.MetricsFault is string fault)
                {
                    scope.Console.Errors.WriteLine($"fedhe: {fault}");
                }

                report.Set("metrics", trainer.Metrics?.DeepClone());
                return Conclude(client, report);
            }
        });
    }

    public static Command DescribeEncrypt(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder of a client.");
        var model = new Option<string>("--model") { Description = "The model that was trained from the round's global model: a safetensors file, an index, or a folder.", Required = true };
        Option<bool> clamp = Clamp();
        var command = new Command("encrypt", "Encrypt a model that was trained by other means, as the answer to the invitation in the inbox.") { folder, model, clamp };
        return scope.Define(command, async (parsed, report, cancellationToken) =>
        {
            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder party = PartyFolder.Open(parsed.GetValue(folder)!.FullName, PartyRole.Client);
            var trainer = new FileTrainer(parsed.GetValue(model)!, party.Notes.Samples);
            using ClientParty client = ClientParty.Open(party, protector, trainer, parsed.GetValue(clamp) ? BoundPolicy.Clamp : BoundPolicy.Refuse);
            if (client.Job.Update.Squeeze is not null)
            {
                throw ToolException.Refused("The job squeezes differences, so that training begins from what this client has not sent yet, and not from the round's model alone. Let 'fedhe train' run the "
                    + "training command, which gets that model at FEDHE_GLOBAL_MODEL.");
            }

            await HandleAsync(client, cancellationToken);
            return Conclude(client, report);
        });
    }

    private static Option<bool> Clamp() => new("--clamp") { Description = "Move values beyond their bounds to the bounds, instead of refusing the model." };

    private static async Task HandleAsync(ClientParty client, CancellationToken cancellationToken)
    {
        try
        {
            await client.HandleInboxAsync([], cancellationToken);
        }
        catch (ModelValueException fault)
        {
            throw ToolException.Refused($"The trained model cannot be encrypted: {fault.Message}", fault);
        }
    }

    private static int Conclude(ClientParty client, Report report)
    {
        ModelCommand.WriteState(client, report);
        if (client.Written.Contains(MessageKind.Upload))
        {
            report.Set("uploaded", true).Line(string.Create(CultureInfo.InvariantCulture, $"The encrypted update of round {client.Client.ModelRound + 1} is in the outbox, for the server."));
            return ExitCodes.Done;
        }

        if (client.Client.Outcome is { } outcome)
        {
            if (!client.HasLeft)
            {
                report.Line($"The job has ended: {outcome}.");
            }

            return ExitCodes.Done;
        }

        EpochReport.RequireKeys(client);

        if (client.Ignored.Any(one => one.Reason == IgnoredReason.BudgetSpent))
        {
            throw ToolException.Refused("Another sum would exceed the budget that the job promises. Nothing was trained or sent, and the client keeps its last model; the server closes the round without it, or not at all.");
        }

        if (client.Ignored.Any(one => one.Reason == IgnoredReason.ControlLost))
        {
            throw ToolException.Refused("A sum has a contribution of this client that its folder does not remember, because the folder was lost or is an old copy. So the client takes part in no more rounds, and nothing was trained. Deliver the announcement in the outbox, which says so, or the server waits for an upload. The client still gets every model.");
        }

        if (client.Ignored.FirstOrDefault(one => one.Kind == MessageKind.Invitation) is { Kind: MessageKind.Invitation } ignored)
        {
            throw ToolException.TryAgain($"The invitation is not one to follow now ({ignored.Reason}). Run 'fedhe announce', deliver, and run 'fedhe round open' on the server.");
        }

        throw ToolException.TryAgain(client.Written.Count > 0
            ? "The server was restarted since, and has to hear of it first. Deliver what is in the outbox now, run 'fedhe round open' there, and deliver the new invitation."
            : "No invitation waits in the inbox. Deliver it from the server; where it was lost, run 'fedhe announce' and 'fedhe round open' again.");
    }
}
