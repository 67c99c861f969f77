using System.CommandLine;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Job;
using FedHe.Tool.Audit;
using FedHe.Tool.Folders;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;

namespace FedHe.Tool.Choices;

/// <summary>The options that say where an audit log, its job and the heads of clients are.</summary>
internal sealed class AuditOptions
{
    private readonly Argument<FileInfo?> _log = new("LOG")
    {
        Description = "Audit log of a server, the file audit.log. Left out with the kit of the server, which has it.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<FileInfo?> _job = new("--job") { Description = "Description of the job, the file job.fedhe, from a source that you trust: its key verifies the log." };

    private readonly Option<DirectoryInfo?> _kit = new("--kit")
    {
        Description = "Kit of a party, in the place of --job: the server's also has the log, and a client's the heads that the client kept.",
    };

    private readonly Option<string?> _database = DatabaseOption.Create();

    private readonly Option<FileInfo[]> _head = new("--head") { Description = "Newest head that a client kept, the file audit.head; may be given several times.", DefaultValueFactory = _ => [] };

    private readonly Option<FileInfo[]> _heads = new("--heads") { Description = "Heads that a client kept of each round, the file audit.heads; may be given several times.", DefaultValueFactory = _ => [] };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_log);
        foreach (Option option in new Option[] { _job, _kit, _database, _head, _heads })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            bool hasKit = result.GetResult(_kit) is not null;
            if (result.GetResult(_job) is not null == hasKit)
            {
                result.AddError("Give --job with the description of the job, or else --kit with the kit of a party, which has it.");
            }
            else if (!hasKit && result.GetResult(_log) is not { Tokens.Count: > 0 })
            {
                result.AddError("Name the audit log, or give --kit with the kit of the server.");
            }
        });
    }

    /// <summary>Reads what is to be verified.</summary>
    public AuditSources Read(ParseResult parsed)
    {
        FileInfo[] heads = [.. parsed.GetValue(_head)!, .. parsed.GetValue(_heads)!];
        if (parsed.GetValue(_kit) is not DirectoryInfo location)
        {
            return AuditSources.Read(parsed.GetValue(_log)!.FullName, JobFile.Read(parsed.GetValue(_job)!.FullName), heads.Select(file => file.FullName));
        }

        Kit kit = Kit.Open(location.FullName);
        string? log = parsed.GetValue(_log)?.FullName;
        string own = Path.Combine(kit.Folder, PartyFiles.AuditLog);
        if (log is null && kit.Role != PartyRole.Server)
        {
            throw ToolException.Usage($"{kit.Location} is not the kit of the server, and has no audit log. Name the log, as the server's operator gave it to you.");
        }

        if (log is not null && kit.Role == PartyRole.Server)
        {
            throw ToolException.Usage($"The kit of the server has the log {own}. Leave out LOG, or give --job in the place of --kit.");
        }

        // A client that was killed before its first head may have an empty file.
        IEnumerable<string> kept = new[] { PartyFiles.AuditHead, PartyFiles.AuditHeads }
            .Select(name => new FileInfo(Path.Combine(kit.Folder, name))).Where(file => file is { Exists: true, Length: > 0 }).Select(file => file.FullName);
        FederationJob job = kit.ReadJob();
        IEnumerable<string> all = kept.Concat(heads.Select(file => file.FullName));
        if (log is not null)
        {
            return AuditSources.Read(log, job, all);
        }

        using ServerFiles files = ServerFiles.Open(kit.In(parsed.GetValue(_database)), job);
        return AuditSources.Read(
            files.PathOf(PartyFiles.AuditLog), files.TryRead(PartyFiles.AuditLog) ?? throw ToolException.Refused($"There is no {files.PathOf(PartyFiles.AuditLog)}, which should be the audit log."), job, all);
    }
}
