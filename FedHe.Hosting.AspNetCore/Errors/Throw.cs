using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;

namespace FedHe.Hosting.AspNetCore.Errors;

/// <summary>The error messages of this assembly. Callers write <c>throw Throw.X()</c>.</summary>
internal static class Throw
{
    public static HostingException TlsRequired(string address)
        => new(
            HostingError.TlsRequired,
            $"The server would listen on {address} without TLS, where other machines reach it. Use https with a certificate (Kestrel:Endpoints), or an address of this machine alone.");

    public static HostingException IdentityRequired(string job, string address)
        => new(
            HostingError.IdentityRequired,
            $"The job '{job}' knows its callers by nothing, and the server would listen on {address}, where other machines reach it. Write the pins of the clients' certificates (ClientKeys), or Bearer.");

    public static HostingException IdentitiesDoNotFit(string job, string what)
        => new(HostingError.IdentitiesDoNotFit, $"The identities of the job '{job}' do not fit: {what}.");

    public static HostingException PolicyMissing(string job, string policy)
        => new(
            HostingError.ServiceMissing,
            $"The job '{job}' asks for the authorization policy '{policy}', which the host does not have. Register it: services.AddAuthorization(options => options.AddPolicy(...)).");

    public static HostingException FileRefused(string path, Exception? inner)
        => new(HostingError.FileRefused, $"The file {path} is damaged, or belongs to another job, server or password. Put the right one in its place.", inner);

    public static HostingException UploadMissing(string changes, string transfers, Exception inner)
        => new(
            HostingError.FileRefused,
            $"An upload that {changes} refers to is missing in {transfers}, or its bytes were changed. Put the newest backup of the whole folder in its place: state, changes and {PartyFiles.Transfers} belong together.",
            inner);

    public static HostingException SumMissing(string state, string sums, Exception inner)
        => new(
            HostingError.FileRefused,
            $"A sum that {state} refers to is missing in {sums}, or is another one. Put the newest backup of the whole folder in its place: state and {PartyFiles.Sums} belong together, and SumsInFiles stays as it was. Where {PartyFiles.Sums} is empty and the sums of an open attempt are lost for good, an empty file 'lock' in it has the attempt repeated.",
            inner);

    public static HostingException SumsNeedTheFolder(string job)
        => new(
            HostingError.StateElsewhere,
            $"The state of the job '{job}' lies in a database, and SumsInFiles would keep its sums in the folder, which another server that takes the job over does not have. Leave SumsInFiles out, or keep the job in its folder.");

    public static HostingException FolderNotWritable(string folder, Exception inner)
        => new(
            HostingError.FolderNotWritable,
            $"The folder {folder} cannot be written. Make room on its disk, and see that it belongs to the account of this process; what was saved before is kept.",
            inner);

    public static HostingException FolderNotReadable(string folder, Exception inner)
        => new(
            HostingError.FileRefused,
            $"A file of the server in {folder} cannot be read: the disk fails, or the file belongs to another account. See that this process may read all of the folder; where the disk has lost the file, put the newest backup of the whole folder in its place.",
            inner);

    public static IOException TriedJustNow(Exception last) => new("The disk failed when the server went on from what is saved, which took long. It tries that again in a while.", last);

    public static HostingException StoreUnavailable(StoreException fault)
        => new(
            fault.Error == StoreError.TakenOver ? HostingError.StoreInUse : HostingError.StoreUnavailable,
            $"The server cannot start: {fault.Message}");

    public static StoreException MetricsDamaged(string path)
        => new(StoreError.Unsafe, $"{path} is damaged, and the server takes no metrics. Move the file away or restore it, and start the server again.");

    public static HostingException StateInStore(string mark)
        => new(
            HostingError.StateElsewhere,
            $"The state of the server lies in a database, as {mark} says, and the host was given none. Register the database as before (AddFedHePostgreSql). Where the job is to begin anew in the folder, delete that file.");

    public static HostingException StateInFolder(string file)
        => new(
            HostingError.StateElsewhere,
            $"The state of the server lies in {file}, and the host was given a database, in which the job would begin anew. Let the job end in the folder, or move its files away where the job is to begin anew.");

    public static HostingException StateNotInStore(string store, string mark)
        => new(
            HostingError.StateElsewhere,
            $"There is no state of the job in {store}, and {mark} says in which database one was saved. Name that database. Where the job is to begin anew, delete that file.");

    public static HostingException JobTwice(string job)
        => new(HostingError.IdentitiesDoNotFit, $"The job of '{job}' has another name in this host as well. Name each job once.");

    public static HostingException AuthorizationRequired(string address)
        => new(
            HostingError.AuthorizationRequired,
            $"The dashboard asks for no authorization, and the server would listen on {address}, where other machines reach it. Write MapFedHeDashboard(...).RequireAuthorization(\"your policy\"), or listen on addresses of this machine alone.");

    public static HostingException DashboardPolicyMissing(string policy)
        => new(
            HostingError.ServiceMissing,
            $"The dashboard asks for the authorization policy '{policy}', which the host does not have. Register it: services.AddAuthorization(options => options.AddPolicy(...)).");
}
