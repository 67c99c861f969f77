using FedHe.Hosting.AspNetCore.Places;
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

    public static IOException StateTooLong(long length, long longest)
        => new($"The state of the server has {length} bytes, and no process could read more than {longest} of them again. Start the server with SumsInFiles: it goes on from what is saved, and its states are short.");

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
            $"The state of the server lies in a database, as {mark} says, and the host was given none. Register the database as before (AddFedHePostgreSql), or move the server into the folder (fedhe server move --to-folder). Where the job is to begin anew in the folder, delete that file.");

    public static HostingException StateInFolder(string file)
        => new(
            HostingError.StateElsewhere,
            $"The state of the server lies in {file}, and the host was given a database, in which the job would begin anew. Move the server into the database (fedhe server move), or let the job go on in the folder without one. Move the files of the folder away where the job is to begin anew.");

    public static HostingException StateNotInStore(string store, string mark)
        => new(
            HostingError.StateElsewhere,
            $"There is no state of the job in {store}, and {mark} says in which database one was saved. Name that database. Where the job is to begin anew, delete that file.");

    public static HostingException StateMoved(string store, string place)
        => new(
            HostingError.StateElsewhere,
            $"The server was moved out of {store}, and lies in {place}. Start it there, without this database, or move it back first (fedhe server move).");

    public static HostingException MoveUnfinished(string mark)
        => new(
            HostingError.StateElsewhere,
            $"A move of the server was broken off, as {mark} says, and nothing of the server is lost. Run the same move again (fedhe server move), which ends it, and then start the server.");

    public static HostingException NothingToMove(string place)
        => new(HostingError.MoveRefused, $"There is no server of the job in {place}. A server that has not begun its job needs no move: start it where it is to be.");

    public static HostingException ServerElsewhere(string place, StateMark mark)
        => new(
            HostingError.MoveRefused,
            mark.Side switch
            {
                MoveSide.Target => $"A move from {mark.Place} into {place} was broken off. Run that move again, which ends it, before another one.",
                MoveSide.Source => $"The server leaves {place} for {mark.Place}, by a move that was broken off. Name that place in the same words, and run the move again.",
                _ => $"The server is not in {place}: {PartyFiles.StateElsewhere} there says that it is in {mark.Place}. Name that place.",
            });

    public static HostingException TargetNotEmpty(string file)
        => new(
            HostingError.MoveRefused,
            $"The place that the server is to move to has files of a server: {file}. Nothing was changed. Name another place, or see whose files they are and move them away.");

    public static HostingException TargetIsNewer(string source, string target)
        => new(
            HostingError.MoveRefused,
            $"A move that was broken off has left a newer server in {target} than the one in {source}, which looks like an old backup. Nothing was changed. Move the state and the other files of the server out of {source}, and keep what is in {target}.");

    public static IOException CopyDiffers(string file)
        => new($"{file} is another file than the one that was moved. The server is where it was; see that the disk or the database of the other place works, and run the move again.");

    public static HostingException LogNotFolded(string changes)
        => new(
            HostingError.MoveRefused,
            $"{changes} may refer to uploads in files, which another store does not have. Open the server in its folder first, which folds them into the saved state: HostedServerMove does, and so does 'fedhe server move'.");

    public static HostingException SumsCannotMove(string job, Exception? inner)
        => new(
            HostingError.MoveRefused,
            $"The sums of the job '{job}' are kept in files (SumsInFiles), which a server in a database does not have. Leave the job in its folder. Where its saved state refers to no sum, as before the first upload, take SumsInFiles out of the settings and move it then.",
            inner);

    public static HostingException NoStore(string job)
        => new(HostingError.ServiceMissing, $"The host of the job '{job}' has no database to move a server into or out of. Register one (AddFedHePostgreSql).");

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
