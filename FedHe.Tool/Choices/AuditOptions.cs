using System.CommandLine;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Job;
using FedHe.Tool.Audit;
using FedHe.Tool.Folders;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;

namespace FedHe.Tool.Choices;

/// <summary>The options that say where an audit log, its job and the heads of clients are.</summary>
internal sealed class AuditOptions
{
    private const string Misplaced = $"{DatabaseOption.Name} is for the log of a server that is kept in a database: give it with --kit and the kit of the server, and leave out LOG, --job and --authority.";

    private readonly Argument<FileInfo?> _log = new("LOG")
    {
        Description = "Audit log of a server or of a key authority, the file audit.log. Left out with the kit of the party that wrote it.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<FileInfo?> _job = new("--job") { Description = "Description of the job, the file job.fedhe, from a source that you trust: its key verifies the log." };

    private readonly Option<DirectoryInfo?> _kit = new("--kit")
    {
        Description = "Kit of a party, in the place of --job: the server's and the authority's also have a log, and a client's and an administrator's the heads that they kept.",
    };

    private readonly Option<string?> _database = DatabaseOption.Create();

    private readonly Option<bool> _authority = new("--authority") { Description = "LOG is the one of the key authority, and not of the server. The kits of the authority and of an administrator say so by themselves." };

    private readonly Option<FileInfo[]> _head = new("--head") { Description = "Newest head that a client kept, the file audit.head; may be given several times.", DefaultValueFactory = _ => [] };

    private readonly Option<FileInfo[]> _heads = new("--heads") { Description = "Heads that a client kept of each round, the file audit.heads; may be given several times.", DefaultValueFactory = _ => [] };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_log);
        foreach (Option option in new Option[] { _job, _kit, _database, _authority, _head, _heads })
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
                result.AddError("Name the audit log, or give --kit with the kit of the party that wrote it.");
            }
            else if (result.GetResult(_database) is not null && (!hasKit || result.GetResult(_log) is { Tokens.Count: > 0 } || result.GetValue(_authority)))
            {
                result.AddError(Misplaced);
            }
        });
    }

    /// <summary>Reads what is to be verified.</summary>
    public AuditSources Read(ParseResult parsed)
    {
        FileInfo[] heads = [.. parsed.GetValue(_head)!, .. parsed.GetValue(_heads)!];
        if (parsed.GetValue(_kit) is not DirectoryInfo location)
        {
            return AuditSources.Read(
                parsed.GetValue(_log)!.FullName, JobFile.Read(parsed.GetValue(_job)!.FullName), AuthorOf(parsed.GetValue(_authority)), heads.Select(file => file.FullName));
        }

        Kit kit = Kit.Open(location.FullName);
        string? log = parsed.GetValue(_log)?.FullName;
        string own = Path.Combine(kit.Folder, PartyFiles.AuditLog);
        bool isOfAuthority = parsed.GetValue(_authority) || kit.Role == PartyRole.Administrator || (log is null && kit.Role == PartyRole.Authority);
        bool isOwn = kit.Role == (isOfAuthority ? PartyRole.Authority : PartyRole.Server);
        if (log is null && !isOwn)
        {
            throw ToolException.Usage($"{kit.Location} is not the kit of the {(isOfAuthority ? "authority" : "server")}, and has no audit log. Name the log, as the {(isOfAuthority ? "authority" : "server")}'s operator gave it to you.");
        }

        if (isOfAuthority && parsed.GetValue(_database) is not null)
        {
            throw ToolException.Usage(Misplaced);
        }

        if (log is not null && isOwn)
        {
            throw ToolException.Usage($"The kit has the log {own}. Leave out LOG, or give --job in the place of --kit.");
        }

        // The heads of a client are of the server's log, and of an administrator of the authority's. A client that was killed before its first head may have an empty file.
        IEnumerable<string> kept = isOfAuthority != (kit.Role == PartyRole.Administrator) ? [] : new[] { PartyFiles.AuditHead, PartyFiles.AuditHeads }
            .Select(name => new FileInfo(Path.Combine(kit.Folder, name))).Where(file => file is { Exists: true, Length: > 0 }).Select(file => file.FullName);
        FederationJob job = kit.ReadJob();
        AuditAuthor author = AuthorOf(isOfAuthority);
        IEnumerable<string> all = kept.Concat(heads.Select(file => file.FullName));
        if (log is not null || isOfAuthority)
        {
            return AuditSources.Read(log ?? own, job, author, all);
        }

        using ServerFiles files = ServerFiles.Open(kit.In(parsed.GetValue(_database)), job);
        return AuditSources.Read(
            files.PathOf(PartyFiles.AuditLog),
            files.TryRead(PartyFiles.AuditLog) ?? throw ToolException.Refused($"There is no {files.PathOf(PartyFiles.AuditLog)}, which should be the audit log."),
            job,
            author,
            all);
    }

    private static AuditAuthor AuthorOf(bool isOfAuthority) => isOfAuthority ? AuditAuthor.Authority : AuditAuthor.Server;
}
