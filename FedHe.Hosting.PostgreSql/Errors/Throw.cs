using FedHe.Hosting.Errors;
using Npgsql;

namespace FedHe.Hosting.PostgreSql.Errors;

/// <summary>The error messages of this assembly. Callers write <c>throw Throw.X()</c>. None holds a connection string, a statement or a message of the database.</summary>
internal static class Throw
{
    private const string DiskFull = "53100";

    public static StoreException Failed(string place, Exception fault)
        => fault is PostgresException { SqlState: DiskFull }
            ? new StoreException(StoreError.NoRoom, $"The disk of {place} is full. Make room; what was saved before is kept.")
            : new StoreException(StoreError.Unavailable, $"{place} does not answer, or refuses ({Describe(fault)}). What was saved before is kept, and the server goes on when the database does.");

    public static StoreException FailedBefore(string place)
        => new(StoreError.Unavailable, $"A step could not be saved in {place}, and nothing more of it is.");

    public static StoreException LockIsTaken(string place)
        => new(StoreError.Unavailable, $"Another session holds the job in {place}: an earlier connection of this server that has not ended yet, or another server.");

    public static StoreException TakenOver(string place)
        => new(StoreError.TakenOver, $"Another server has taken the job over in {place}. This one writes nothing any more: stop it.");

    public static StoreException OtherHistory(string place)
        => new(StoreError.OtherHistory, $"{place} is another database than when this server started: a standby that took over, or a copy that was restored. It may lack what this server remembers: start the server again.");

    public static StoreException NotReplicated(string place)
        => new(StoreError.Unavailable, $"{place} gave up its wait for a standby, or warned of something else, when it committed a step. Whether the step lasts is not known, and nothing of it is acknowledged.");

    public static StoreException Unsafe(string place, string what)
        => new(StoreError.Unsafe, $"{place} would acknowledge what is not on its disk: {what}. Change that.");

    public static StoreException OtherLength(string place, string file)
        => new(StoreError.Unsafe, $"The file '{file}' in {place} has another length than when this server wrote to it. Let nobody else write there.");

    public static StoreException Damaged(string place, string file)
        => new(StoreError.Unsafe, $"Parts of the file '{file}' in {place} are missing. Let nobody else write there, and restore the database.");

    public static FileNotFoundException NoFile(string place, string file)
        => new($"There is no file '{file}' in {place}.");

    public static HostingException InUse(string job, string place)
        => new(
            HostingError.StoreInUse,
            $"Another server works on the job '{job}' in {place}. One at a time may: end the other one. The database notices within a minute when its machine is gone.");

    public static HostingException CannotOpen(string place, StoreException fault)
        => new(
            fault.Error == StoreError.Unsafe ? HostingError.StoreRefused : HostingError.StoreUnavailable,
            $"The server cannot start. {fault.Message}");

    public static HostingException CannotRead(StoreException fault)
        => new(fault.Error == StoreError.Unsafe ? HostingError.StoreRefused : HostingError.StoreUnavailable, $"What the server keeps cannot be read. {fault.Message}");

    public static HostingException MayNotRead(string place)
        => new(
            HostingError.StoreRefused,
            $"The account of this reader lacks rights in {place}. It needs USAGE of the schema and SELECT on its tables.");

    public static HostingException MayNot(string place, PostgresException fault)
        => new(
            HostingError.StoreRefused,
            $"The account of the server lacks rights in {place} (SQLSTATE {fault.SqlState}). It needs CREATE on the database for the first start, or the tables and the rights that docs/hosting.md lists.");

    public static HostingException OtherVersion(string place, int? version, int own)
        => new(
            HostingError.StoreRefused,
            version is int other
                ? $"The tables in {place} are of version {other}, and this server knows version {own}. Run the version of FedHe that made them, or a later one."
                : $"The tables in {place} are not those of FedHe. Name another schema.");

    private static string Describe(Exception fault)
        => fault is PostgresException refused ? $"SQLSTATE {refused.SqlState}" : fault.GetType().Name;
}
