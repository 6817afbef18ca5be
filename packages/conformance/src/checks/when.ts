/** One complaint, or none. */
export const when = (isWrong: boolean, complaint: string): readonly string[] => (isWrong ? [complaint] : []);
