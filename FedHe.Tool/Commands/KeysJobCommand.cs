using System.CommandLine;
using System.Text;
using FedHe.Crypto;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Planning;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Models;
using FedHe.Tool.Choices;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe keys job</c>: the authority makes the keys, and describes the job for everybody whose card it has.</summary>
internal static class KeysJobCommand
{
    private const string DigestFile = "job.digest";

    public static Command Describe(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder of the authority.");
        var model = new ModelOptions();
        var job = new JobOptions();
        var command = new Command("job", "Make the keys of a job for everybody whose card is in the inbox, and describe it. Run again, it sends the same job again.") { folder };
        model.AddTo(command);
        job.AddTo(command);
        return scope.Define(command, (parsed, report) =>
        {
            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder authority = PartyFolder.Open(parsed.GetValue(folder)!.FullName, PartyRole.Authority);
            if (authority.ReadState(StateFiles.Job) is not byte[] bytes)
            {
                bytes = Make(authority, protector, job.Read(parsed), model, parsed, report);
            }
            else
            {
                report.Line("The job was described before, and is sent again; the options given now change nothing.").Set("wasDescribed", true);
            }

            JobPackage package = JobPackage.Read(bytes);
            using HeContext? context = package.Context;
            foreach (string recipient in package.Job.Roster.Clients.Select(client => client.Value).Append(PartyFolder.ServerName))
            {
                // The server adds up ciphertexts, and no model is its business.
                authority.Send(recipient, "job", recipient == PartyFolder.ServerName ? package.WithoutModel.Span : bytes);
            }

            AtomicFile.Replace(Path.Combine(authority.Location, DigestFile), Encoding.ASCII.GetBytes(package.Digest));
            foreach (InboxFile card in authority.Inbox().Where(file => PartyCard.TryRead(file.Read()) is not null))
            {
                authority.Done(card);
            }

            report.Set("job", package.Job.JobId.ToString()).Set("digest", package.Digest).Set("clients", package.Job.Roster.Clients.Select(client => client.Value))
                .Line($"Digest of the job: {package.Digest}")
                .Line("Tell it to server and clients by another way than this mailbox; they give it to 'fedhe keys join --expect'.");
            return ExitCodes.Done;
        });
    }

    private static byte[] Make(PartyFolder authority, FolderSecrets protector, JobChoices choices, ModelOptions options, ParseResult parsed, Report report)
    {
        List<PartyCard> cards = [.. Cards.In(authority)];
        PartyCard[] servers = [.. cards.Where(card => card.Role == PartyRole.Server)];
        Dictionary<ClientId, VerificationKey> clients = Cards.ClientsOf(cards);
        if (servers.Length > 1)
        {
            throw ToolException.Refused("Two different cards say that they are of the server. Compare their fingerprints, and delete the wrong one from the inbox.");
        }

        if (servers.Length == 0 || clients.Count < 2)
        {
            throw ToolException.TryAgain($"The inbox has {servers.Length} cards of servers and {clients.Count} of clients; one server and at least two clients are needed. Deliver their cards.");
        }

        foreach (PartyCard card in cards)
        {
            report.Line($"{card.Name}: {card.Fingerprint}");
        }

        using SafetensorsCheckpoint checkpoint = options.Open(parsed);
        SafetensorsModel model = options.Read(parsed, checkpoint);
        ModelParameters initial = model.ReadParameters();
        var roster = new ClientRoster(clients);
        var maker = new JobMaker(choices, roster, initial);
        CommitteeDraw? draw = maker.Keys.IsDrawn ? DrawOf(authority, roster, maker.Keys) : null;
        (JobKeys keys, FederationJob job) = maker.Make(servers[0].Key, draw?.Order ?? roster.Clients);
        using (keys)
        {
            PlanCommand.Write(report, model, maker.Keys, job, FederationPlan.Create(job, keys.PublicContext));
            byte[] package = JobPackage.Write(job, OneFile.Read(checkpoint));
            authority.WriteState(StateFiles.AuthorityKeys, keys.Save(protector));
            authority.WriteState(StateFiles.Job, package);
            return package;
        }
    }

    /// <summary>Returns the draw of the clients on the roster, which decides who becomes a member.</summary>
    private static CommitteeDraw DrawOf(PartyFolder authority, ClientRoster roster, KeyPlan keys)
    {
        DrawLetter? letter = DrawLetter.TryRead(authority.ReadState(StateFiles.Draw));
        if (letter?.IsComplete != true)
        {
            throw ToolException.TryAgain(
                $"{keys.Members} of the {roster.Clients.Count} clients are to be members of the committee, and the clients draw them, so that nobody chooses them. Run 'fedhe keys draw' here and at "
                + "all clients until it is done. Or choose: --keys authority, or a committee of all clients.");
        }

        return letter.IsOf(roster)
            ? letter.Draw()
            : throw ToolException.Refused("The draw was among other clients than the cards in the inbox name. Take the other cards out, or draw again with 'fedhe keys draw --again'.");
    }
}
