using FedHe.Orchestration.Errors;

namespace FedHe.Hosting.Errors;

/// <summary>The error messages of this assembly. Callers write <c>throw Throw.X()</c>.</summary>
internal static class Throw
{
    public static HostingException FolderInUse(string folder, Exception inner)
        => new(HostingError.FolderInUse, $"Another process works in the folder {folder}. One process at a time may: end the other one, or name another folder.", inner);

    public static HostingException FolderNotWritable(string folder, Exception inner)
        => new(
            HostingError.FolderNotWritable,
            $"The folder {folder} cannot be written. Make room on its disk, and see that it belongs to the account of this process; what was saved before is kept.",
            inner);

    public static HostingException FileMissing(string path, string origin)
        => new(HostingError.FileMissing, $"The file {path} is missing: {origin}");

    public static HostingException FileRefused(string path, Exception? inner)
        => new(HostingError.FileRefused, $"The file {path} is damaged, or belongs to another job, party or password. Put the right one in its place.", inner);

    public static HostingException CountLost(string state, string newest)
        => new(
            HostingError.FileMissing,
            $"The file {state} is missing, with the noised number of records that this client told. Put its newest backup in its place. Where there is none, delete {newest}: the client then draws another number, which costs a part of the privacy budget.");

    public static HostingException KeysOlderThanEpoch(string path)
        => new(
            HostingError.FileRefused,
            $"The keys in {path} are older than an epoch that this authority planned, whose key nobody else has. Put the newest backup of the whole folder in its place.");

    public static HostingException ProtectorMissing(string name)
        => new(
            HostingError.ProtectorMissing,
            $"Nothing opens the secrets of '{name}'. Name a file with their password as PasswordFile, or register an ISecretProtector over your key store.");

    public static HostingException PasswordReadable(string path)
        => new(HostingError.FileRefused, $"The password file {path} can be read by other accounts. Take their rights away: chmod 600.");

    public static HostingException PasswordTooShort(string path, int length)
        => new(HostingError.FileRefused, $"The password file {path} must hold one line of at least {length} characters.");

    public static HostingException NoTrainer(string name)
        => new(HostingError.ServiceMissing, $"The client of '{name}' has no trainer. Call AddTrainer<T>() after AddFedHeClient().");

    public static HostingException NoInitialModel(string name)
        => new(HostingError.ServiceMissing, $"The client of '{name}' has no initial model. Call StartFrom() after AddFedHeClient(), with the model that the job names.");

    public static HostingException NoPrivacy(string name)
        => new(HostingError.ServiceMissing, $"The job of '{name}' has privacy terms, and its client has nothing that fulfills them. Call UsePrivacy() after AddFedHeClient().");

    public static HostingException MetricsNotCovered(string name)
        => new(
            HostingError.MetricsNotCovered,
            $"The job of '{name}' has privacy terms, and its budget pays for no metrics, which would leak beside it. Take ReportMetrics out of the client's settings.");

    public static HostingException NoAuthenticator(string name)
        => new(
            HostingError.ServiceMissing,
            $"The key authority of '{name}' does not know who may have keys. Register an IClientAuthenticator with the key '{name}', or call AuthenticateByRosterAlone() on its Federation.");

    public static HostingException LedgerOutdated(string path, Exception inner)
        => new(
            HostingError.LedgerOutdated,
            $"The ledger {path} is older than the newest one that was written here, and its member might answer twice. Delete it: the member is then silent until the round is over, and takes part again.",
            inner);

    public static HostingException NotAuthorized(int status)
        => new(
            HostingError.NotAuthorized,
            $"The server answers {status}: it does not accept the certificate or the token of this party for this job. Compare its pin with the server's configuration, and look whether it has expired.");

    public static HostingException RequestRefused(int status)
        => new(HostingError.RequestRefused, $"The server refuses a request with {status}. Compare address, job and versions of both sides.");

    public static HostingException MessageTooLong(long length)
        => new(HostingError.RequestRefused, $"The server offers a message of {length} bytes, which no message of a job can have.");

    public static HostingException ClientFilesFailed(string folder, Exception inner)
        => new(
            HostingError.FolderNotWritable,
            $"A file of the client in {folder}, or one that its trainer returned, cannot be read or written. Make room on its disk, and see that the disk works; what was saved before is kept, and the message waits at the server.",
            inner);

    public static InvalidOperationException ModelIsInAFile()
        => new("The client keeps its models in files, and has none in memory. Read the values of Model in ranges.");

    public static HostingException ModelsTwice(string name)
        => new(HostingError.ServiceMissing, $"The client '{name}' keeps its models in files, and has a trainer or a model in memory as well. Take AddTrainer and StartFrom out, or KeepModelsInFiles.");

    public static HostingException MetricsNotInFiles(string name)
        => new(HostingError.ServiceMissing, $"The client '{name}' is told to report metrics, and a trainer of models in files measures none. Take ReportMetrics out of its settings.");

    public static HostingException UploadUnreadable(Exception inner)
        => new(HostingError.FileRefused, "The file with an upload cannot be read. See that its disk works and that nobody else changes the folder of the party.", inner);

    public static HostingException ServerTakesNoChunks(long length)
        => new(HostingError.RequestRefused, $"A message of {length} bytes does not go in one request, and the server takes none in several. Have its operator update the server, or whatever stands before it.");

    public static HostingException CertificateRefused(EpochRefusedException refused)
        => new(
            HostingError.RequestRefused,
            $"The server shows a certificate of an epoch that does not hold: {refused.Error}. Ask its operator, and compare the digest of the job.",
            refused);

    public static HostingException AuditRefused(string log, string newest)
        => new(
            HostingError.FileRefused,
            $"The audit log {log} was changed or cut off, or belongs to another job or party. Put the right one in its place. If it is lost, keep what is left as evidence, move it and {newest} away, and start again: a new log begins, and says so.");

    public static HostingException ApprovalsRefused(string fault) => new(HostingError.ApprovalsRefused, fault);

    public static HostingException AdministratorsRefused(ArgumentException fault) => new(HostingError.ApprovalsRefused, fault.Message, fault);

    public static HostingException KeysRefused(KeyRefusedException refused)
        => new(HostingError.KeysRefused, $"The key authority gives this client no keys: {refused.Reason}. Ask its operator.", refused);
}
