using System.Buffers;
using System.CommandLine;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Planning;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Models;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe keys</c>: folders, identities, the job, and how its keys reach the clients.</summary>
internal static class KeysCommand
{
    private const string Card = "card";
    private const string DigestFile = "job.digest";

    public static Command Describe(CommandScope scope) => new("keys", "Make the folders of the parties, describe the job, and give its keys to the clients.")
    {
        DescribeServer(scope),
        DescribeAuthority(scope),
        DescribeClient(scope),
        DescribeJob(scope),
        DescribeJoin(scope),
        DescribeGrant(scope),
        DescribeOpen(scope),
    };

    private static Command DescribeServer(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder to make.");
        var command = new Command("server", "Make the server's folder and its signing key. Its card goes to the authority.") { folder };
        return scope.Define(command, (parsed, report) =>
        {
            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder made = PartyFolder.Create(parsed.GetValue(folder)!.FullName, PartyRole.Server, PartyFolder.ServerName);
            using var identity = ServerIdentity.Create();
            made.WriteState(StateFiles.Identity, Save(bytes => identity.Save(bytes, protector)));
            return Introduce(made, identity.VerificationKey, report);
        });
    }

    private static Command DescribeClient(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder to make.");
        var name = new Argument<string>("NAME") { Description = "Name of the client: ASCII letters, digits, dots, hyphens and underscores." };
        Option<long> samples = Samples();
        samples.Required = true;
        var command = new Command("client", "Make a client's folder and its signing key. Its card goes to the authority.") { folder, name, samples };
        return scope.Define(command, (parsed, report) =>
        {
            string given = parsed.GetValue(name)!;
            if (!ClientId.IsValid(given) || given is PartyFolder.ServerName or PartyFolder.AuthorityName || given.StartsWith('.'))
            {
                throw ToolException.Usage($"A client cannot have the name '{given}'.");
            }

            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder made = PartyFolder.Create(parsed.GetValue(folder)!.FullName, PartyRole.Client, given);
            using var identity = ClientIdentity.Create(new ClientId(given));
            made.WriteState(StateFiles.Identity, Save(bytes => identity.Save(bytes, protector)));
            made.Note(notes => notes with { Samples = parsed.GetValue(samples) });
            return Introduce(made, identity.VerificationKey, report);
        });
    }

    private static Command DescribeAuthority(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder to make.");
        var command = new Command("authority", "Make the folder of the key authority, which takes the cards of the others.") { folder };
        return scope.Define(command, (parsed, report) =>
        {
            using PartyFolder made = PartyFolder.Create(parsed.GetValue(folder)!.FullName, PartyRole.Authority, PartyFolder.AuthorityName);
            made.Note(notes => notes);
            report.Set("name", made.Notes.Name).Line("The folder of the key authority is ready. Deliver the cards of server and clients, and run 'fedhe keys job'.");
            return ExitCodes.Done;
        });
    }

    private static Command DescribeJob(CommandScope scope)
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
            using HeContext context = package.Context;
            foreach (string recipient in package.Job.Roster.Clients.Select(client => client.Value).Append(PartyFolder.ServerName))
            {
                authority.Send(recipient, "job", bytes);
            }

            AtomicFile.Replace(Path.Combine(authority.Location, DigestFile), System.Text.Encoding.ASCII.GetBytes(package.Digest));
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
        List<PartyCard> cards = [.. authority.Inbox().Select(file => PartyCard.TryRead(file.Read())).OfType<PartyCard>().DistinctBy(card => (card.Name, Convert.ToHexString(card.Key.Encoded)))];
        PartyCard[] servers = [.. cards.Where(card => card.Role == PartyRole.Server)];
        var clients = new Dictionary<ClientId, VerificationKey>();
        foreach (PartyCard card in cards.Where(card => card.Role == PartyRole.Client))
        {
            if (!clients.TryAdd(new ClientId(card.Name), card.Key))
            {
                throw ToolException.Refused($"Two different cards say that they are of client {card.Name}. Compare their fingerprints, and delete the wrong one from the inbox.");
            }
        }

        if (servers.Length != 1 || clients.Count < 2)
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
        using HeContext context = JobPackage.CreateContext(choices.ClientsOf(clients.Count));
        var jobId = Guid.NewGuid();
        using var keys = new KeyAuthority(jobId, context, new ClientRoster(clients), new RosterAuthenticator());
        FederationJob job = JobMaker.Make(choices, jobId, keys.Info, servers[0].Key, clients, initial);
        PlanCommand.Write(report, model, job, FederationPlan.Create(job, context.Public));
        byte[] package = JobPackage.Write(job, OneFile.Read(checkpoint));
        authority.WriteState(StateFiles.AuthorityKeys, Save(bytes => keys.Save(bytes, protector)));
        authority.WriteState(StateFiles.Job, package);
        return package;
    }

    private static Command DescribeJoin(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder of a client or the server.");
        var expect = new Option<string?>("--expect") { Description = "Digest of the job, as the authority told it by another way; spaces do not matter." };
        var trust = new Option<bool>("--trust-mailbox") { Description = "Take the job that the mailbox brought without comparing its digest. Whoever can write there then chooses the job." };
        var command = new Command("join", "Take the job from the inbox. A client then asks the authority for the keys.") { folder, expect, trust };
        command.Validators.Add(result =>
        {
            if ((result.GetValue(expect) is null) == !result.GetValue(trust))
            {
                result.AddError("Give --expect with the digest that the authority told you, or else --trust-mailbox.");
            }
        });
        return scope.Define(command, (parsed, report) =>
        {
            string location = parsed.GetValue(folder)!.FullName;
            if (PartyFolder.Peek(location)?.Role == PartyRole.Server)
            {
                KeyGuard.Check(location);
            }

            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder party = PartyFolder.Open(location, PartyRole.Server, PartyRole.Client);
            JobPackage package = Find(party, parsed.GetValue(expect));
            using HeContext context = package.Context;
            report.Set("job", package.Job.JobId.ToString()).Set("digest", package.Digest).Set("rounds", package.Job.Settings.Rounds)
                .Set("clients", package.Job.Roster.Clients.Select(client => client.Value))
                .Line($"The job has {package.Job.Settings.Rounds} rounds and the clients {string.Join(", ", package.Job.Roster.Clients)}.");
            if (party.Notes.Role == PartyRole.Server)
            {
                using var identity = ServerIdentity.Load(party.ReadState(StateFiles.Identity)!, protector);
                if (!identity.VerificationKey.Equals(package.Job.ServerKey))
                {
                    throw ToolException.Refused("The job names another server's key. The authority was given a wrong card.");
                }

                Accept(party, package);
                report.Line("The server has the job. Next: 'fedhe round open'.");
                return ExitCodes.Done;
            }

            using ClientIdentity client = ClientParty.LoadIdentity(party, protector);
            if (!package.Job.Roster.TryGetKey(client.Client, out VerificationKey? key) || !key.Equals(client.VerificationKey))
            {
                throw ToolException.Refused($"The job's roster does not have {client.Client} with this client's key. The authority was given a wrong card, or none.");
            }

            Accept(party, package);
            if (party.ReadState(StateFiles.ClientKeys) is not null)
            {
                report.Line("The client has its keys already.");
                return ExitCodes.Done;
            }

            using KeyRequest request = party.ReadState(StateFiles.KeyRequest) is byte[] saved
                ? KeyRequest.Load(saved, protector, package.Job, client)
                : new KeyRequest(package.Job, client);
            party.WriteState(StateFiles.KeyRequest, Save(bytes => request.Save(bytes, protector)));
            party.Send(PartyFolder.AuthorityName, "keyrequest", request.Bytes.Span);
            report.Line("The request for the keys is in the outbox, for the authority. Next: 'fedhe keys grant' there, and 'fedhe keys open' here.");
            return ExitCodes.Done;
        });
    }

    private static Command DescribeGrant(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder of the authority.");
        var command = new Command("grant", "Answer the requests for keys in the inbox, encrypted for the client that asked.") { folder };
        return scope.Define(command, async (parsed, report, cancellationToken) =>
        {
            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder party = PartyFolder.Open(parsed.GetValue(folder)!.FullName, PartyRole.Authority);
            JobPackage package = JobPackage.Read(party.ReadState(StateFiles.Job) ?? throw ToolException.TryAgain("There is no job yet. Run 'fedhe keys job'."));
            using HeContext context = package.Context;
            using KeyAuthority authority = KeyAuthority.Load(
                party.ReadState(StateFiles.AuthorityKeys) ?? throw ToolException.Refused("The keys of the authority are missing. Take them from a backup."),
                protector, context, package.Job.Roster, new RosterAuthenticator());
            var granted = new List<string>();
            var refused = new List<string>();
            foreach (InboxFile file in party.Inbox())
            {
                AuthorityStep step = await authority.HandleAsync(file.Read(), cancellationToken);
                if (step.Refusal is KeyRefusalReason reason)
                {
                    refused.Add($"{file.Name}: {reason}");
                    if (step.Client is ClientId known && package.Job.Roster.TryGetKey(known, out _))
                    {
                        party.Send(known.Value, "keyrefusal", step.Answer.Span);
                    }

                    party.SetAside(file);
                    continue;
                }

                party.Send(step.Client!.Value.Value, "keygrant", step.Answer.Span);
                granted.Add(step.Client.Value.Value);
                party.Done(file);
            }

            report.Set("granted", granted).Set("refused", refused).Line(granted.Count > 0 ? $"Keys for {string.Join(", ", granted)} are in the outbox." : "No keys were granted.");
            refused.ForEach(one => report.Line($"Refused: {one}"));
            return granted.Count > 0 ? ExitCodes.Done : refused.Count > 0 ? ExitCodes.Refused : throw ToolException.TryAgain("No request for keys is in the inbox.");
        });
    }

    private static Command DescribeOpen(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder of a client.");
        var command = new Command("open", "Open the authority's answer, keep the keys under the password, and announce the client to the server.") { folder };
        return scope.Define(command, (parsed, report) =>
        {
            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder party = PartyFolder.Open(parsed.GetValue(folder)!.FullName, PartyRole.Client);
            if (party.ReadState(StateFiles.ClientKeys) is null)
            {
                OpenGrant(party, protector);
            }

            File.Delete(party.StatePath(StateFiles.KeyRequest));
            using ClientParty client = ClientParty.Open(party, protector);
            client.Announce();
            report.Set("client", party.Notes.Name).Set("samples", party.Notes.Samples).Line("The client has its keys. Its announcement is in the outbox, for the server.");
            return ExitCodes.Done;
        });
    }

    private static void OpenGrant(PartyFolder party, FolderSecrets protector)
    {
        JobPackage package = JobPackage.Read(party.ReadState(StateFiles.Job) ?? throw ToolException.TryAgain("There is no job yet. Run 'fedhe keys join'."));
        using HeContext context = package.Context;
        using ClientIdentity identity = ClientParty.LoadIdentity(party, protector);
        using KeyRequest request = KeyRequest.Load(
            party.ReadState(StateFiles.KeyRequest) ?? throw ToolException.TryAgain("No keys were asked for yet. Run 'fedhe keys join'."), protector, package.Job, identity);
        InboxFile[] answers = [.. party.Inbox().Where(file => file.Info?.Kind is MessageKind.KeyGrant or MessageKind.KeyRefusal)];
        string? fault = null;
        foreach (InboxFile answer in answers)
        {
            try
            {
                using ClientKeys keys = request.Open(context, answer.Read());
                party.WriteState(StateFiles.ClientKeys, Save(bytes => keys.Save(bytes, protector)));
                party.Done(answer);
                return;
            }
            catch (Exception refusal) when (refusal is HeFormatException or KeyRefusedException)
            {
                fault = refusal.Message;
                party.SetAside(answer);
            }
        }

        throw fault is null
            ? ToolException.TryAgain("The authority's answer is not in the inbox yet.")
            : ToolException.Refused($"The authority's answer gave no keys: {fault}");
    }

    private static int Introduce(PartyFolder folder, VerificationKey key, Report report)
    {
        var card = new PartyCard(folder.Notes.Role, folder.Notes.Name, key);
        folder.Send(PartyFolder.AuthorityName, Card, card.Write());
        report.Set("name", card.Name).Set("fingerprint", card.Fingerprint)
            .Line($"The folder of {card.Name} is ready, and its card is in the outbox, for the authority. Fingerprint: {card.Fingerprint}");
        return ExitCodes.Done;
    }

    /// <summary>Finds the job that is expected, in the inbox or among what was accepted before.</summary>
    private static JobPackage Find(PartyFolder party, string? expected)
    {
        string? wanted = expected is null ? null : string.Concat(expected.Where(one => !char.IsWhiteSpace(one))).ToLowerInvariant();
        var packages = new List<JobPackage>();
        if (party.ReadState(StateFiles.Job) is byte[] accepted)
        {
            packages.Add(JobPackage.Read(accepted));
        }

        packages.AddRange(party.Inbox().Select(file => file.Read()).Where(bytes => JobPackage.IsOne(bytes)).Select(JobPackage.Read));
        packages = [.. packages.DistinctBy(package => package.Digest)];
        if (packages.Count == 0)
        {
            throw ToolException.TryAgain("No job is in the inbox yet. Deliver it from the authority.");
        }

        JobPackage[] found = [.. packages.Where(package => wanted is null || package.Digest == wanted)];
        return found switch
        {
            [JobPackage one] when party.ReadState(StateFiles.Job) is null || packages[0].Digest == one.Digest => one,
            [_] => throw ToolException.Refused("This folder has joined another job. Take a new folder for this one."),
            [] => throw ToolException.Refused($"The inbox has another job than expected: {string.Join(", ", packages.Select(package => package.Digest))}. Ask the authority which one is right."),
            _ => throw ToolException.Refused("The inbox has several jobs. Say with --expect which one is right."),
        };
    }

    private static void Accept(PartyFolder party, JobPackage package)
    {
        party.WriteState(StateFiles.Job, package.Bytes.Span);
        foreach (InboxFile file in party.Inbox().Where(file => file.Info is null && JobPackage.IsOne(file.Read())))
        {
            party.Done(file);
        }
    }

    internal static Option<long> Samples()
        => new("--samples")
        {
            Description = "Number of samples that the client trains with, its weight in the average.",
            CustomParser = result =>
            {
                string text = result.Tokens.Single().Value;
                if (long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out long samples) && samples > 0)
                {
                    return samples;
                }

                result.AddError($"--samples must be a whole number above 0, not '{text}'.");
                return 1;
            },
        };

    private static byte[] Save(Action<IBufferWriter<byte>> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        write(bytes);
        return bytes.WrittenSpan.ToArray();
    }
}
