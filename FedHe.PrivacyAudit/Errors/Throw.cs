using System.Globalization;

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

    public static void IfNotPositive(double value, string parameter)
    {
        if (!(value > 0 && double.IsFinite(value)))
        {
            throw new ArgumentOutOfRangeException(parameter, "The number must be positive and finite.");
        }
    }

    public static void IfOutside(double value, double least, double greatest, string parameter)
    {
        if (!(value >= least && value <= greatest))
        {
            throw new ArgumentOutOfRangeException(
                parameter, string.Create(CultureInfo.InvariantCulture, $"The number must lie between {least} and {greatest}."));
        }
    }

    public static ArgumentOutOfRangeException NotBetweenZeroAndOne(string parameter)
        => new(parameter, "The number must lie between 0 and 1.");

    public static ArgumentException OneClass(string parameter)
        => new("A record can only have a wrong class where there are at least two classes.", parameter);

    public static ArgumentException CanariesDoNotFit(string dataset, string parameter)
        => new($"The canaries have not the shape or not the classes of the records of '{dataset}'.", parameter);

    public static ArgumentException NoCanary(string parameter)
        => new("An audit needs at least one canary.", parameter);

    public static ArgumentException ScoreNotANumber(string parameter)
        => new("A score is not a number. Score such canaries with 0, so that the audit can abstain from them.", parameter);

    public static ArgumentException PlanDoesNotFit(int canaries, string parameter)
        => new($"An audit has at least one plan, and each guesses about at least one and at most all of {canaries} canaries.", parameter);
}
