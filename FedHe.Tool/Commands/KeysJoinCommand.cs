using System.CommandLine;
using FedHe.Crypto;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Tool.Choices;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe keys join</c>: server and clients take the job that they expect, and clients ask for the keys.</summary>
internal static class KeysJoinCommand
{
    public static Command Describe(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder of a client or the server.");
        var expect = new Option<string?>("--expect") { Description = "Digest of the job, as the authority told it by another way; spaces do not matter." };
        var trust = new Option<bool>("--trust-mailbox") { Description = "Take the job that the mailbox brought without comparing its digest. Whoever can write there then chooses the job." };
        var promise = new ClientPromiseOptions();
        var command = new Command("join", "Take the job from the inbox. A client then asks the authority for the keys. A client of a job with privacy terms says what it promised.") { folder, expect, trust };
        promise.AddTo(command);
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
            using HeContext? context = package.Context;
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

                WriteCommittee(package.Job, party.Notes.Name, report);
                Accept(party, package);
                report.Line("The server has the job. Next: 'fedhe round open'.");
                return ExitCodes.Done;
            }

            if (package.Model.IsEmpty)
            {
                throw ToolException.TryAgain("The job came without the model that clients start from. Deliver it from the authority to this client.");
            }

            using ClientIdentity client = ClientParty.LoadIdentity(party, protector);
            EpochFiles epochs = FindEpoch(party, package.Job, client, out int epoch);
            FederationJob job = epochs.Of(epoch);
            if (epoch == 1)
            {
                HoldAgainstTheDraw(party, job);
            }
            else
            {
                report.Set("epoch", epoch).Line($"The client joins in epoch {epoch}, whose clients are {string.Join(", ", job.Roster.Clients)}.");
            }

            WriteCommittee(job, party.Notes.Name, report);
            HoldAgainstThePromise(party, job, promise.Read(parsed), report);
            Accept(party, package, epochs, epoch);
            if (party.ReadState(StateFiles.KeysOf(epoch)) is not null)
            {
                report.Line("The client has its keys already.");
                return ExitCodes.Done;
            }

            using KeyRequest request = party.ReadState(StateFiles.KeyRequest) is byte[] saved
                ? KeyRequest.Load(saved, protector, job, client)
                : new KeyRequest(job, client);
            party.WriteState(StateFiles.KeyRequest, SavedBytes.Of(bytes => request.Save(bytes, protector)));
            party.Send(PartyFolder.AuthorityName, "keyrequest", request.Bytes.Span);
            report.Line("The request for the keys is in the outbox, for the authority. Next: 'fedhe keys grant' there, and 'fedhe keys open' here.");
            return ExitCodes.Done;
        });
    }

    /// <summary>
    /// Finds the epoch that a client begins with: the one whose roster has it, after the certificates in the inbox, which prove themselves.
    /// </summary>
    private static EpochFiles FindEpoch(PartyFolder party, FederationJob job, ClientIdentity client, out int epoch)
    {
        EpochFiles epochs = EpochFiles.Read(party.Location, job);
        epoch = party.Notes.FirstEpoch;
        if (party.ReadState(StateFiles.Job) is not null)
        {
            return epochs;
        }

        byte[][] certificates = [.. party.Inbox().Where(file => file.Wire == WireKind.EpochCertificate).Select(file => file.Read())];
        while (certificates.Any(bytes => epochs.TryAdd(bytes) is null))
        {
        }

        // A client of the first epoch begins with it, and so holds its committee against the draw.
        epoch = Lists(job) ? 1 : epochs.Jobs.Select((one, index) => Lists(one) ? index + 1 : 0).Max();
        if (epoch > 0)
        {
            return epochs;
        }

        throw job.Committee is null || epochs.Jobs.Any(one => one.Roster.TryGetKey(client.Client, out _))
            ? ToolException.Refused($"The job's roster does not have {client.Client} with this client's key. The authority was given a wrong card, or none.")
            : ToolException.TryAgain(
                $"The job's roster does not have {client.Client}. A client that joins in a later epoch needs its certificate: when 'fedhe epoch propose' has begun the epoch, deliver from the server, and "
                + "run this again. Otherwise the authority was not given this client's card.");

        bool Lists(FederationJob one) => one.Roster.TryGetKey(client.Client, out VerificationKey? key) && key.Equals(client.VerificationKey);
    }

    /// <summary>Finds the job that is expected, in the inbox or among what was accepted before.</summary>
    private static JobPackage Find(PartyFolder party, string? expected)
    {
        string? wanted = expected is null ? null : JoiningClient.Plain(expected);
        byte[]? accepted = party.ReadState(StateFiles.Job);
        Dictionary<string, byte[]> packages = party.Inbox().Select(file => file.Read()).Where(bytes => JobPackage.IsOne(bytes))
            .Concat(accepted is null ? [] : [accepted])

            // Anybody may have put one job there without its model, or with another one.
            .OrderByDescending(bytes => JobPackage.HasModel(bytes)).DistinctBy(bytes => JobPackage.DigestOf(bytes)).ToDictionary(bytes => JobPackage.DigestOf(bytes));
        if (packages.Count == 0)
        {
            throw ToolException.TryAgain("No job is in the inbox yet. Deliver it from the authority.");
        }

        // Nothing is parsed but what is expected: anybody may have put the others there.
        string[] found = [.. packages.Keys.Where(digest => wanted is null || digest == wanted)];
        return found switch
        {
            [string one] when accepted is null || JobPackage.DigestOf(accepted) == one => JobPackage.Read(packages[one]),
            [_] => throw ToolException.Refused("This folder has joined another job. Take a new folder for this one."),
            [] => throw ToolException.Refused($"The inbox has another job than expected: {string.Join(", ", packages.Keys)}. Ask the authority which one is right."),
            _ => throw ToolException.Refused("The inbox has several jobs. Say with --expect which one is right."),
        };
    }

    /// <summary>Says who opens sums.</summary>
    private static void WriteCommittee(FederationJob job, string party, Report report)
    {
        if (job.Committee is not CommitteeTerms committee)
        {
            report.Set("keys", "authority").Line("Every client gets the key that opens sums, and uploads: the server must be in league with none of them.");
            return;
        }

        bool isMember = committee.Members.Any(member => member.Value == party);
        report.Set("keys", "committee").Set("members", committee.Members.Select(member => member.Value)).Set("threshold", committee.Threshold).Set("isMember", isMember)
            .Line($"{committee.Threshold} of these members open a sum together, and nobody alone: {string.Join(", ", committee.Members)}; {committee.Corrupt} of them may be silent, or lie.")
            .Line(isMember ? "This client is a member: it also runs 'fedhe answer', and its folder 'ledger' must not be backed up." : "This party is no member.");
    }

    /// <summary>Refuses a job that breaks what the client promised, or promises what the client did not, and keeps the client's own promise.</summary>
    private static void HoldAgainstThePromise(PartyFolder party, FederationJob job, ClientPromise? stated, Report report)
    {
        if (job.Update.Privacy is not PrivacyTerms terms)
        {
            if (stated is not null)
            {
                throw ToolException.Refused("The job has no privacy terms, and adds no noise for anybody. Leave --epsilon, --delta and --clip out if you take part nevertheless.");
            }

            return;
        }

        ClientPromise promise = stated ?? party.Notes.Promise ?? throw ToolException.Refused(
            $"The job has privacy terms: {terms}. Say with --epsilon, --delta and --clip what you promised to the people in your data; a job that promises less is refused.");
        _ = PrivacyChoices.ProviderOf(promise)!.Create(job);
        party.Note(notes => notes with { Promise = promise });
        PrivacyWords.Write(terms, report);
    }

    /// <summary>Refuses a job that names other members than the clients drew.</summary>
    private static void HoldAgainstTheDraw(PartyFolder party, FederationJob job)
    {
        if (job.Committee is not CommitteeTerms committee || committee.Members.Length == job.Roster.Clients.Count)
        {
            return;
        }

        DrawLetter? letter = DrawLetter.TryRead(party.ReadState(StateFiles.Draw));
        if (letter is null)
        {
            throw ToolException.TryAgain("The job has a committee of some of the clients, and this client knows of no draw that chose them. Deliver the draw from the authority, and run 'fedhe keys draw'.");
        }

        if (!letter.IsOf(job.Roster) || !letter.Draw().Drew(committee))
        {
            throw ToolException.Refused("The job names other members of the committee than the clients drew. Do not take part in it; ask the authority who chose them.");
        }
    }

    /// <summary>Takes the job and, before it, the certificates that lead to the epoch that the client begins with.</summary>
    private static void Accept(PartyFolder party, JobPackage package, EpochFiles? epochs = null, int epoch = 1)
    {
        if (epoch > 1 && party.ReadState(StateFiles.Job) is null)
        {
            epochs!.Write();
            party.Note(notes => notes with { BegunEpoch = epoch });
        }

        party.WriteState(StateFiles.Job, package.Bytes.Span);
        foreach (InboxFile file in party.Inbox().Where(file => file.Wire == WireKind.EpochCertificate || (file.Info is null && JobPackage.IsOne(file.Read()))))
        {
            party.Done(file);
        }
    }
}
