using FedHe.Crypto.Errors;

namespace FedHe.MLBridge.Errors;

/// <summary>The exception for a sum that cannot be kept in its file; <see cref="Error"/> names the reason.</summary>
public sealed class SumFileException : HeException
{
    /// <summary>Creates the exception for a reason.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="cause">The fault of the file system, or null.</param>
    public SumFileException(SumFileError error, Exception? cause = null)
        : base(
            error switch
            {
                SumFileError.AlreadyExists => "There is a file at the path of the sum already. Open it to go on with its sum, delete it, or choose another path.",
                SumFileError.NotFound => "There is no file of a sum at the path. Begin a new sum, or correct the path.",
                SumFileError.InUse => "The file of the sum is in use. Dispose the sum that uses it, or end the other process.",
                SumFileError.Damaged => "The file is not the file of a sum, was not begun or restored to its end, or was damaged. Delete it, and begin or restore a sum again.",
                SumFileError.OtherSum => "The file has a sum under other parameters, terms or reference weight. Use those that it was begun with.",
                SumFileError.DiskFull => "The disk of the sum's file is full. Make room, open the file, and fold the last update in again unless Slots has it: nothing that was folded in is lost.",
                _ => "The file of the sum cannot be read or written. Correct its permissions or its disk, open the file, and fold the last update in again unless Slots has it.",
            },
            cause)
    {
        Error = error;
    }

    /// <summary>The reason.</summary>
    public SumFileError Error { get; }
}
