namespace FedHe.PrivacyAudit.Errors;

/// <summary>The exceptions of this library are worded in this class.</summary>
internal static class Throw
{
    public static void IfLengthDiffers(int actual, int expected, string parameter)
    {
        if (actual != expected)
        {
            throw new ArgumentException($"{expected} values are needed, {actual} were given.", parameter);
        }
    }

    public static ArgumentException NoDenseEnd(string model, string parameter)
        => new($"Classes can only be read from a model that ends in a dense layer with a bias; '{model}' does not.", parameter);

    public static ArgumentException NotAnImageModel(string model, string parameter)
        => new($"The attack recovers pictures [channels, height, width]; '{model}' takes something else.", parameter);

    public static ArgumentException TooFlat(int window)
        => new($"A picture must be at least as large as the window of {window} pixels in both directions, or smaller in both.");

    public static ArgumentException SizesDiffer(string parameter)
        => new("Both pictures must have the same channels, height and width.", parameter);

    public static ArgumentException TooSmall(int side)
        => new($"The measure needs pictures of at least {side} pixels a side.");

    public static ArgumentException PictureDoesNotFit(string sample, string parameter)
        => new($"The picture '{sample}' has not the shape of the model's samples.", parameter);

    public static ArgumentException NotAPicture(string parameter)
        => new("A picture has one channel or three, and at least one pixel.", parameter);

    public static ArgumentException NotASequence(int vocabulary, string parameter)
        => new($"A sequence has at least two tokens, each below {vocabulary}.", parameter);
}
