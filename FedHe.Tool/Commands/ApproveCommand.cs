using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FedHe.Crypto.Errors;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Tool.Choices;
using FedHe.Tool.Folders;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Provisioning;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe approve</c>: an administrator of a key authority sees what the authority asks, and signs that it may do so.</summary>
internal static class ApproveCommand
{
    private const int UsualDays = 7;
    private const int MostDays = 90;
    private const int NameDigits = 16;
    private const string Extension = ".approval";

    public static Command Describe(CommandScope scope)
    {
        var requests = new Argument<FileInfo[]>("REQUEST") { Description = "Request of the authority, from 'requests' in its folder; several at once.", Arity = ArgumentArity.OneOrMore };
        Option<DirectoryInfo> kit = RunOptions.KitOption();
        var expect = new Option<string[]>("--expect")
        {
            Description = "Fingerprint that was compared by another way than the request came; one for each that the command shows without it, and always a plan's own.",
            DefaultValueFactory = _ => [],
            AllowMultipleArgumentsPerToken = true,
        };
        Option<int> days = JobOptions.Ranged("--days", "Days for which the approval counts.", UsualDays, 1, MostDays);
        var folder = new Option<DirectoryInfo?>("--out", "-o") { Description = "Folder for the approvals. Default: 'approvals' in the kit." };
        var command = new Command(
            "approve", "Show what a key authority asks of its administrators, and sign approvals of it: for 'approvals' in the folder of the authority. Without the fingerprints nothing is signed, and the command ends "
            + "with 3.") { requests, kit, expect, days, folder };
        return scope.Define(command, (parsed, report) =>
        {
            Kit own = Kit.Open(parsed.GetValue(kit)!.FullName, PartyRole.Administrator);
            FederationJob job = own.ReadJob();
            ApprovalRequest[] asked = [.. parsed.GetValue(requests)!.Select(file => Read(file.FullName))];
            var compared = parsed.GetValue(expect)!.Select(KitApprovals.Plain).ToHashSet(StringComparer.Ordinal);
            var shown = new HashSet<string>(StringComparer.Ordinal);
            var said = new JsonArray();
            foreach ((ApprovalRequest request, FileInfo file) in asked.Zip(parsed.GetValue(requests)!))
            {
                shown.UnionWith(KitApprovals.Explain(request, Check(request, job, file.FullName), report, said));
            }

            report.Set("job", job.JobId.ToString()).Set("asked", said).Set("fingerprints", shown);
            if (compared.Except(shown.Select(KitApprovals.Plain)).ToArray() is [string other, ..])
            {
                throw ToolException.Refused($"Nothing that is asked has the fingerprint {other}, which you were told. Approve nothing before you know why.");
            }

            if (shown.Any(fingerprint => !compared.Contains(KitApprovals.Plain(fingerprint))))
            {
                throw ToolException.TryAgain(
                    $"Nothing is signed. Compare by telephone: a client's fingerprint with the client's owner, a plan's with another administrator. Then add --expect {string.Join(' ', shown.Select(one => $"\"{one}\""))}");
            }

            KeepHeads(own, asked, job, report);
            string target = parsed.GetValue(folder)?.FullName ?? own.PathOf("approvals");
            DateTimeOffset until = TimeProvider.System.GetUtcNow().AddDays(parsed.GetValue(days));
            report.Set("until", until).Set("approvals", Sign(own, asked, until, target, scope))
                .Line(string.Create(CultureInfo.InvariantCulture, $"Approved by {own.Party} until {until:yyyy-MM-dd HH:mm} UTC: {asked.Length}, in {target}. Bring the files to 'approvals' in the folder of the authority."));
            return ExitCodes.Done;
        });
    }

    private static string[] Sign(Kit kit, IEnumerable<ApprovalRequest> requests, DateTimeOffset until, string folder, CommandScope scope)
    {
        using AdministratorIdentity identity = AdministratorKit.ReadIdentity(kit, scope.Console.ProtectorOf);
        Directory.CreateDirectory(folder);
        var paths = new List<string>();
        foreach (ApprovalRequest request in requests)
        {
            string path = Path.Combine(folder, $"{identity.Name}-{request.Subject.Digest.ToString()[..NameDigits]}{Extension}");
            AtomicFile.Replace(path, SavedBytes.Of(Approval.Sign(request.Subject, until, identity).WriteTo));
            paths.Add(path);
        }

        return [.. paths];
    }

    /// <summary>Keeps the heads of the authority's audit log: an administrator who has them can show later that the log was cut off or written anew.</summary>
    /// <exception cref="ToolException">A head is not of the authority, or has the number of a kept head and another digest: the log was written anew.</exception>
    private static void KeepHeads(Kit kit, IEnumerable<ApprovalRequest> requests, FederationJob job, Report report)
    {
        string path = Path.Combine(kit.Folder, PartyFiles.AuditHeads);
        var known = new Dictionary<long, AuditHead>();
        string[] lines = File.Exists(path) ? File.ReadAllLines(path) : [];
        var kept = new List<string>(lines);
        foreach (AuditHead head in lines.Select(line => AuditHead.TryParse(line, out AuditHead? read) ? read : null).OfType<AuditHead>())
        {
            known.TryAdd(head.Number, head);
        }

        int without = 0;
        foreach (AuditHead? head in requests.Select(request => request.AuditHead))
        {
            if (head is null)
            {
                without++;
                continue;
            }

            if (!head.IsOf(job, AuditAuthor.Authority))
            {
                throw ToolException.Refused("A request has a head of an audit log that the authority of this job did not sign. Nothing is signed. Ask the operator of the authority for the request again.");
            }

            if (!known.TryGetValue(head.Number, out AuditHead? before))
            {
                known.Add(head.Number, head);
                kept.Add(head.ToString());
            }
            else if (!before.Equals(head))
            {
                throw ToolException.Refused(
                    $"Entry {head.Number} of the authority's audit log is another one than when this kit kept its head: the log was written anew. Nothing is signed. Approve nothing before you know why.");
            }
        }

        report.Set("withoutHead", without);
        if (without > 0)
        {
            report.Line(string.Create(CultureInfo.InvariantCulture, $"No head of the authority's audit log came with {without} of the requests, so that this kit is no evidence of what the log said then."));
        }

        AtomicFile.Replace(path, Encoding.ASCII.GetBytes(string.Concat(kept.Select(line => $"{line}\n"))));
    }

    private static ApprovalRequest Read(string path)
    {
        if (new FileInfo(path) is not { Exists: true, Length: <= ApprovalRequest.MaxLength })
        {
            throw ToolException.Refused($"There is no request of an authority {path}.");
        }

        return ApprovalRequest.TryRead(File.ReadAllBytes(path), out ApprovalRequest? request, out FormatError reason)
            ? request
            : throw ToolException.Refused($"{path} is no request of an authority ({reason}).");
    }

    private static FederationJob Check(ApprovalRequest request, FederationJob job, string path)
    {
        try
        {
            return request.Check(job);
        }
        catch (EpochRefusedException refused)
        {
            throw ToolException.Refused($"{path} is not what the authority of this job could ask: {refused.Message}", refused);
        }
    }
}
